package io.kvorum.consensus.hazelcast.core;

import com.hazelcast.spi.impl.InternalCompletableFuture;
import java.util.concurrent.Executor;

/**
 * Runs its dependents where it is completed, on the Raft thread, instead of Hazelcast's pool.
 *
 * <p>Held by: RaftThreadTest, LeadershipTransferTest.
 */
final class HazelcastFuture<V> extends InternalCompletableFuture<V> {
  @Override
  public Executor defaultExecutor() {
    return Runnable::run;
  }
}
