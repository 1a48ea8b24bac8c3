package io.kvorum.peer;

import static io.kvorum.peer.PeerIdentity.text;

import io.grpc.ManagedChannel;
import io.kvorum.mvcc.SnapshotStaging;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Brings a state, from one source after the other, as often as it takes: each attempt goes on where
 * the one before broke. Thread-safe; blocks.
 */
final class StateFetcher {
  private static final System.Logger LOG = System.getLogger(StateFetcher.class.getName());

  private final LinkContext context;
  private final StagingArea stores;
  private final TransferMeter.Direction meter;

  /** A place where a member can be asked for the state. */
  record Source(long memberId, String url) {}

  StateFetcher(LinkContext context, StagingArea stores, TransferMeter.Direction meter) {
    this.context = context;
    this.stores = stores;
    this.meter = meter;
  }

  /**
   * A complete store.
   *
   * @param sources read before each attempt
   * @param atLeastIndex read before each attempt
   * @param giveUpAfter how long attempts may fail without any progress
   * @throws IOException if it was stopped, no source is left, or another attempt makes no sense
   */
  SnapshotStaging fetch(
      Supplier<List<Source>> sources,
      LongSupplier atLeastIndex,
      Duration giveUpAfter,
      PullControl control)
      throws IOException, InterruptedException {
    Set<String> saidReasons = new HashSet<>();
    long lastProgress = System.nanoTime();
    int failures = 0;
    for (int attempt = 0; ; attempt++) {
      List<Source> candidates = sources.get();
      if (candidates.isEmpty()) {
        throw new IOException("the member that has the state is not known any more");
      }
      Source source = candidates.get(attempt % candidates.size());
      Attempt tried = new Attempt(source, attempt / candidates.size(), control);
      try {
        return tried.run(atLeastIndex.getAsLong());
      } catch (PullBrokenException broken) {
        long now = System.nanoTime();
        if (tried.hasProgressed) {
          lastProgress = now;
          failures = 0;
        } else if (now - lastProgress > giveUpAfter.toNanos()) {
          throw new IOException(source.url() + ": " + broken.getMessage(), broken);
        }
        if (saidReasons.add(source + " " + broken.getMessage())) {
          LOG.log(
              Level.WARNING,
              "pulling the state from member {0} at {1} broke, it goes on soon: {2}",
              text(source.memberId()),
              source.url(),
              broken.getMessage());
        }
        control.pause(context.backoffNanos(failures++));
      }
    }
  }

  private final class Attempt {
    private final Source source;
    private final int round;
    private final PullControl control;
    private boolean hasProgressed;

    Attempt(Source source, int round, PullControl control) {
      this.source = source;
      this.round = round;
      this.control = control;
    }

    SnapshotStaging run(long atLeastIndex) throws IOException, InterruptedException {
      control.checkWanted();
      PeerAddress address;
      InetSocketAddress target;
      try {
        address = PeerAddress.parse(source.url());
        target = address.resolve(round);
      } catch (IOException unusable) {
        throw new PullBrokenException(String.valueOf(unusable.getMessage()));
      }
      ManagedChannel channel =
          context.sockets().newChannel(target, address.toString(), context.sockets().nextLoop());
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
      String from = "member " + text(source.memberId());
      StatePull pull = new StatePull(channel, from, context.settings().stallTimeout(), counted);
      control.attach(pull::stop);
      try {
        return pull.run(CallIdentity.of(context.self(), source.memberId()), atLeastIndex, stores);
      } catch (PullBrokenException broken) {
        control.checkWanted();
        throw broken;
      } finally {
        hasProgressed = pull.hasProgressed();
        control.detach();
      }
    }
  }
}
