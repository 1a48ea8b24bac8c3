package io.kvorum.peer.grpc.snapshot;

import io.grpc.ManagedChannel;
import io.kvorum.mvcc.SnapshotStaging;
import io.kvorum.peer.StagingArea;
import io.kvorum.peer.grpc.link.CallIdentity;
import io.kvorum.peer.grpc.link.LinkContext;
import io.kvorum.peer.grpc.link.PeerAddress;
import io.kvorum.peer.grpc.link.PeerRoute;
import io.kvorum.support.Log;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Receives a snapshot, trying one source after the other until one attempt succeeds: each resumes
 * where the one before broke. Thread-safe; blocks.
 *
 * <p>Held by: PeerSnapshotTransferTest.
 */
public final class SnapshotReceiver {
  private static final Log LOG = Log.of(SnapshotReceiver.class);

  private final LinkContext context;
  private final StagingArea staging;
  private final TransferMeter.Direction meter;

  /** A URL at which a member serves snapshots. */
  public record Source(long memberId, String url) {}

  public SnapshotReceiver(LinkContext context, StagingArea staging, TransferMeter.Direction meter) {
    this.context = context;
    this.staging = staging;
    this.meter = meter;
  }

  /**
   * Receives a complete snapshot.
   *
   * @param sources read before each attempt
   * @param atLeastIndex read before each attempt
   * @param giveUpAfter how long attempts may fail without any progress
   * @throws IOException if it was cancelled, no source is left, or retrying is pointless
   */
  public SnapshotStaging receive(
      Supplier<List<Source>> sources,
      LongSupplier atLeastIndex,
      Duration giveUpAfter,
      Cancellation cancellation)
      throws IOException, InterruptedException {
    Set<String> loggedReasons = new HashSet<>();
    long lastProgress = System.nanoTime();
    int failures = 0;
    for (int attempt = 0; ; attempt++) {
      List<Source> candidates = sources.get();
      if (candidates.isEmpty()) {
        throw new IOException("the member that has the snapshot is no longer known");
      }
      Source source = candidates.get(attempt % candidates.size());
      Attempt tried = new Attempt(source, attempt / candidates.size(), cancellation);
      try {
        return tried.run(atLeastIndex.getAsLong());
      } catch (SnapshotPull.BrokenException broken) {
        long now = System.nanoTime();
        if (tried.hasProgressed) {
          lastProgress = now;
          failures = 0;
        } else if (now - lastProgress > giveUpAfter.toNanos()) {
          throw new IOException(source.url() + ": " + broken.getMessage(), broken);
        }
        if (loggedReasons.add(source + " " + broken.getMessage())) {
          LOG.warning(
              "snapshot transfer from member {} at {} was interrupted, retrying: {}",
              context.nameOf(source.memberId()),
              source.url(),
              broken.getMessage());
        }
        cancellation.pause(context.backoffNanos(failures++));
      }
    }
  }

  private final class Attempt {
    private final Source source;
    private final int round;
    private final Cancellation cancellation;
    private boolean hasProgressed;

    Attempt(Source source, int round, Cancellation cancellation) {
      this.source = source;
      this.round = round;
      this.cancellation = cancellation;
    }

    SnapshotStaging run(long atLeastIndex) throws IOException, InterruptedException {
      cancellation.check();
      PeerRoute route;
      try {
        PeerAddress address = PeerAddress.parse(source.url());
        route = context.sockets().route(address, address.resolve(round));
      } catch (IOException unusable) {
        throw new SnapshotPull.BrokenException(String.valueOf(unusable.getMessage()));
      }
      ManagedChannel channel = context.sockets().newChannel(route, context.sockets().nextLoop());
      boolean isComplete = false;
      TransferMeter.Attempt counted = meter.with(source.memberId()).begin();
      try {
        SnapshotStaging complete = pull(channel, atLeastIndex, counted);
        isComplete = true;
        return complete;
      } finally {
        counted.end(isComplete);
        channel.shutdownNow();
      }
    }

    private SnapshotStaging pull(
        ManagedChannel channel, long atLeastIndex, TransferMeter.Attempt counted)
        throws IOException, InterruptedException {
      SnapshotPull pull =
          new SnapshotPull(
              channel,
              context.nameOf(source.memberId()),
              context.settings().stallTimeout(),
              counted);
      cancellation.attach(pull::stop);
      try {
        return pull.run(CallIdentity.of(context.self(), source.memberId()), atLeastIndex, staging);
      } catch (SnapshotPull.BrokenException broken) {
        cancellation.check();
        throw broken;
      } finally {
        hasProgressed = pull.hasProgressed();
        cancellation.detach();
      }
    }
  }

  /** Cancels a transfer that runs on a worker, from any thread. Thread-safe. */
  public static final class Cancellation {
    private @Nullable String reason;
    private @Nullable Runnable wakeUp;

    /** Only the first reason counts. */
    public void cancel(String why) {
      Runnable running;
      synchronized (this) {
        if (reason != null) {
          return;
        }
        reason = why;
        running = wakeUp;
        notifyAll();
      }
      if (running != null) {
        running.run();
      }
    }

    /**
     * Sets the callback that wakes a worker waiting elsewhere.
     *
     * @throws IOException if the transfer has been cancelled
     */
    private synchronized void attach(Runnable waker) throws IOException {
      check();
      wakeUp = waker;
    }

    private synchronized void detach() {
      wakeUp = null;
    }

    private synchronized void check() throws IOException {
      if (reason != null) {
        throw new IOException(reason);
      }
    }

    /** Waits for that time, or until the transfer is cancelled. */
    private synchronized void pause(long nanos) throws IOException, InterruptedException {
      long end = System.nanoTime() + nanos;
      for (long left = nanos; left > 0; left = end - System.nanoTime()) {
        check();
        wait(left / 1_000_000, (int) (left % 1_000_000));
      }
      check();
    }
  }
}
