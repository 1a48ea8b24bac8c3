package io.kvorum.consensus.hazelcast;

import com.hazelcast.spi.impl.InternalCompletableFuture;
import java.util.concurrent.Executor;

/** A future of the engine whose followers run where it is completed: on the engine thread. */
final class HazelcastFuture<V> extends InternalCompletableFuture<V> {
  @Override
  public Executor defaultExecutor() {
    return Runnable::run;
  }
}
