package io.kvorum.peer.grpc;

import io.kvorum.consensus.SnapshotTransfer;
import io.kvorum.mvcc.SnapshotStaging;
import io.kvorum.mvcc.StoreSnapshot;
import io.kvorum.peer.SnapshotTarget;
import io.kvorum.peer.grpc.snapshot.SnapshotReceiver;
import io.kvorum.support.Log;
import io.kvorum.support.Threads;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Pulls snapshots from other members of the cluster, on one worker. A pull continues over broken
 * connections until the snapshot is complete, one of another member is requested, or the other
 * member is removed. Thread-safe.
 *
 * <p>A snapshot that has arrived must be installed or discarded before the next pull. Cancelling
 * the future of a pull ends the pull. Close this before its transport.
 */
public final class PeerSnapshotTransfer implements SnapshotTransfer, AutoCloseable {
  private static final Log LOG = Log.of(PeerSnapshotTransfer.class);
  private static final long GRACE_SECONDS = 5;
  private static final Duration NEVER = Duration.ofDays(365);

  private final GrpcPeerTransport transport;
  private final SnapshotTarget target;
  private final SnapshotReceiver receiver;
  private final ExecutorService worker =
      Executors.newSingleThreadExecutor(Threads.numberedDaemons("kvorum-peer-pull"));

  // Under the lock.
  private @Nullable Pull running;

  public PeerSnapshotTransfer(GrpcPeerTransport transport, SnapshotTarget target) {
    this.transport = transport;
    this.target = target;
    this.receiver =
        new SnapshotReceiver(transport.context(), target, transport.transfers().receiving);
  }

  /** Returns the running pull if it is from the same member. */
  @Override
  public synchronized CompletableFuture<Arrived> pull(long memberId, long atLeastIndex) {
    Pull former = running;
    if (former != null && !former.future.isDone()) {
      if (former.memberId == memberId) {
        former.atLeastIndex.accumulateAndGet(atLeastIndex, Math::max);
        return former.future;
      }
      former.stop("a snapshot of another member is wanted: " + nameOf(memberId));
    }
    Pull pull = new Pull(memberId, atLeastIndex);
    running = pull;
    try {
      worker.execute(pull);
    } catch (RejectedExecutionException stopped) {
      pull.stop("the member is stopping");
    }
    return pull.future;
  }

  /** Ends the current pull, and waits a moment until it has closed its files. */
  @Override
  public void close() {
    synchronized (this) {
      if (running != null) {
        running.stop("the member is stopping");
      }
      worker.shutdown();
    }
    try {
      if (!worker.awaitTermination(GRACE_SECONDS, TimeUnit.SECONDS)) {
        LOG.warning("a snapshot is still being stored while the member stops");
      }
    } catch (InterruptedException interrupted) {
      LOG.warning("interrupted while a snapshot was still being stored");
      Thread.currentThread().interrupt();
    }
  }

  private String nameOf(long memberId) {
    return transport.context().nameOf(memberId);
  }

  private final class Pull implements Runnable {
    private final long memberId;
    private final AtomicLong atLeastIndex;
    private final SnapshotReceiver.Cancellation cancellation = new SnapshotReceiver.Cancellation();
    private final CompletableFuture<Arrived> future = new CompletableFuture<>();

    Pull(long memberId, long atLeastIndex) {
      this.memberId = memberId;
      this.atLeastIndex = new AtomicLong(atLeastIndex);
      future.whenComplete(
          (arrived, failure) -> cancellation.cancel("the snapshot is no longer needed"));
    }

    void stop(String reason) {
      cancellation.cancel(reason);
      future.completeExceptionally(new IOException(reason));
    }

    @Override
    public void run() {
      try {
        SnapshotStaging staged =
            receiver.receive(
                () ->
                    transport.urlsOf(memberId).stream()
                        .map(url -> new SnapshotReceiver.Source(memberId, url))
                        .toList(),
                atLeastIndex::get,
                NEVER,
                cancellation);
        Arrived arrived = new ArrivedSnapshot(memberId, staged);
        if (!future.complete(arrived)) {
          arrived.discard();
        }
      } catch (IOException failure) {
        if (future.completeExceptionally(failure)) {
          LOG.warning(
              "snapshot transfer from member {} failed: {}",
              nameOf(memberId),
              failure.getMessage());
        }
      } catch (InterruptedException stopped) {
        future.completeExceptionally(new IOException("interrupted", stopped));
        Thread.currentThread().interrupt();
      } catch (RuntimeException | Error bug) {
        LOG.error("bug: pulling a snapshot from member {}", nameOf(memberId), bug);
        future.completeExceptionally(bug);
      }
    }
  }

  private final class ArrivedSnapshot implements Arrived {
    private final long memberId;
    private final SnapshotStaging staged;

    ArrivedSnapshot(long memberId, SnapshotStaging staged) {
      this.memberId = memberId;
      this.staged = staged;
    }

    @Override
    public long index() {
      return staged.header().index();
    }

    @Override
    public long term() {
      return staged.header().term();
    }

    @Override
    public void install() throws IOException {
      long began = System.nanoTime();
      StoreSnapshot.Header header = staged.header();
      target.install(staged);
      LOG.info(
          "installed snapshot up to entry {} from member {}: about {} MiB, {} ms",
          header.index(),
          nameOf(memberId),
          header.bytes() >> 20,
          TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began));
    }

    @Override
    public void discard() {
      try {
        staged.close();
      } catch (IOException failure) {
        LOG.warning("an unwanted snapshot could not be closed", failure);
      }
    }
  }
}
