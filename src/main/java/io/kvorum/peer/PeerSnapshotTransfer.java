package io.kvorum.peer;

import static io.kvorum.peer.PeerIdentity.text;

import io.kvorum.consensus.SnapshotTransfer;
import io.kvorum.mvcc.SnapshotStaging;
import io.kvorum.mvcc.StoreSnapshot;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Pulls whole states from other members of the cluster, on one worker. A pull goes on, over broken
 * connections, until the state is there, another member is asked for, or the member is removed.
 * Thread-safe.
 *
 * <p>What has arrived must be installed or discarded before the next pull. A pull whose future is
 * cancelled ends too. Close this before its transport.
 */
public final class PeerSnapshotTransfer implements SnapshotTransfer, AutoCloseable {
  private static final System.Logger LOG = System.getLogger(PeerSnapshotTransfer.class.getName());
  private static final long GRACE_SECONDS = 5;
  private static final Duration NEVER = Duration.ofDays(365);

  private final GrpcPeerTransport transport;
  private final SnapshotTarget target;
  private final StateFetcher fetcher;
  private final ExecutorService worker =
      Executors.newSingleThreadExecutor(PeerThreads.named("pull"));

  // Under the lock.
  private @Nullable Pull running;

  public PeerSnapshotTransfer(GrpcPeerTransport transport, SnapshotTarget target) {
    this.transport = transport;
    this.target = target;
    this.fetcher = new StateFetcher(transport.context(), target, transport.transfers().receiving);
  }

  /** If that member's state is being pulled already, it is that pull. */
  @Override
  public synchronized CompletableFuture<Arrived> pull(long memberId, long atLeastIndex) {
    Pull former = running;
    if (former != null && !former.future.isDone()) {
      if (former.memberId == memberId) {
        former.atLeastIndex.accumulateAndGet(atLeastIndex, Math::max);
        return former.future;
      }
      former.stop("the state of another member is wanted: " + text(memberId));
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

  /** Gives up what is under way, and waits a moment until it has let go of its files. */
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
        LOG.log(Level.WARNING, "a state is still being stored while the member stops");
      }
    } catch (InterruptedException interrupted) {
      LOG.log(Level.WARNING, "interrupted while a state was still being stored");
      Thread.currentThread().interrupt();
    }
  }

  private final class Pull implements Runnable {
    private final long memberId;
    private final AtomicLong atLeastIndex;
    private final PullControl control = new PullControl();
    private final CompletableFuture<Arrived> future = new CompletableFuture<>();

    Pull(long memberId, long atLeastIndex) {
      this.memberId = memberId;
      this.atLeastIndex = new AtomicLong(atLeastIndex);
      future.whenComplete((arrived, failure) -> control.stop("the state is not wanted any more"));
    }

    void stop(String reason) {
      control.stop(reason);
      future.completeExceptionally(new IOException(reason));
    }

    @Override
    public void run() {
      try {
        SnapshotStaging store =
            fetcher.fetch(
                () ->
                    transport.urlsOf(memberId).stream()
                        .map(url -> new StateFetcher.Source(memberId, url))
                        .toList(),
                atLeastIndex::get,
                NEVER,
                control);
        Arrived arrived = new ArrivedStore(memberId, store);
        if (!future.complete(arrived)) {
          arrived.discard();
        }
      } catch (IOException failure) {
        if (future.completeExceptionally(failure)) {
          LOG.log(
              Level.WARNING,
              "the state of member {0} cannot be pulled: {1}",
              text(memberId),
              failure.getMessage());
        }
      } catch (InterruptedException stopped) {
        future.completeExceptionally(new IOException("interrupted", stopped));
        Thread.currentThread().interrupt();
      } catch (RuntimeException | Error bug) {
        LOG.log(Level.ERROR, "bug: pulling the state of member " + text(memberId), bug);
        future.completeExceptionally(bug);
      }
    }
  }

  private final class ArrivedStore implements Arrived {
    private final long memberId;
    private final SnapshotStaging store;

    ArrivedStore(long memberId, SnapshotStaging store) {
      this.memberId = memberId;
      this.store = store;
    }

    @Override
    public long index() {
      return store.header().index();
    }

    @Override
    public long term() {
      return store.header().term();
    }

    @Override
    public void install() throws IOException {
      long began = System.nanoTime();
      StoreSnapshot.Header header = store.header();
      target.install(store);
      LOG.log(
          Level.INFO,
          "installed the state of index {0} from member {1}: about {2} MiB, {3} ms",
          Long.toString(header.index()),
          text(memberId),
          Long.toString(header.bytes() >> 20),
          Long.toString(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began)));
    }

    @Override
    public void discard() {
      try {
        store.close();
      } catch (IOException failure) {
        LOG.log(Level.WARNING, "a state that is not wanted any more was not closed", failure);
      }
    }
  }
}
