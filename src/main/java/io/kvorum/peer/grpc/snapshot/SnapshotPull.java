package io.kvorum.peer.grpc.snapshot;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.kvorum.model.Bytes;
import io.kvorum.model.Revision;
import io.kvorum.mvcc.SnapshotStaging;
import io.kvorum.mvcc.StoreSnapshot;
import io.kvorum.mvcc.history.RevisionHistory;
import io.kvorum.peer.StagingArea;
import io.kvorum.peer.grpc.link.CallIdentity;
import io.kvorum.peer.grpc.link.Refusal;
import io.kvorum.peer.grpc.link.StatusText;
import io.kvorum.peer.grpc.wire.MalformedMessageException;
import io.kvorum.peer.grpc.wire.SnapshotRecords;
import io.kvorum.proto.peer.Page;
import io.kvorum.proto.peer.PeerGrpc;
import io.kvorum.proto.peer.PullRequest;
import io.kvorum.proto.peer.StateHeader;
import io.kvorum.proto.peer.StatePart;
import io.kvorum.support.ByteStrings;
import io.kvorum.support.Log;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Makes one attempt to receive a snapshot from another member into a staging area, on the calling
 * thread. At most two parts are in memory: the next is requested when one has been stored.
 *
 * <p>Held by: PeerSnapshotTransferTest.
 */
final class SnapshotPull extends ClientCall.Listener<StatePart> {
  private static final Log LOG = Log.of(SnapshotPull.class);
  private static final int PARTS_AHEAD = 2;
  private static final long LOG_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(5);

  /** Breaks an attempt through no fault of either end: another one may succeed. */
  static final class BrokenException extends IOException {
    private static final long serialVersionUID = 1L;

    BrokenException(String message) {
      super(message);
    }
  }

  /** Handed over by the event loop: a part, or the end. */
  private record Arrival(
      @Nullable StatePart part, @Nullable Status end, @Nullable Refusal refusal) {}

  /** A staged snapshot that pages can be added to, after the last revision that it has. */
  private record Begun(SnapshotStaging staged, Revision after) {}

  private final ClientCall<PullRequest, StatePart> call;
  private final String source;
  private final Duration stallTimeout;
  private final TransferMeter.Attempt meter;
  private final BlockingQueue<Arrival> arrivals = new LinkedBlockingQueue<>();
  private boolean hasProgressed;

  SnapshotPull(
      ManagedChannel channel, String source, Duration stallTimeout, TransferMeter.Attempt meter) {
    this.call = channel.newCall(PeerGrpc.getPullStateMethod(), CallOptions.DEFAULT);
    this.source = source;
    this.stallTimeout = stallTimeout;
    this.meter = meter;
  }

  /** Ends the attempt as if the connection had broken. Any thread. */
  void stop() {
    arrivals.add(new Arrival(null, Status.CANCELLED.withDescription("stopped"), null));
  }

  /** Whether anything was stored, so that another attempt has less to do. */
  boolean hasProgressed() {
    return hasProgressed;
  }

  /**
   * Receives everything into a staged snapshot, which is opened once the header is there.
   *
   * @return the complete snapshot
   * @throws BrokenException if another attempt may succeed
   * @throws IOException if none will
   */
  SnapshotStaging run(CallIdentity identity, long atLeastIndex, StagingArea staging)
      throws IOException, InterruptedException {
    call.start(this, identity.headers());
    call.sendMessage(SnapshotRecords.atLeast(atLeastIndex));
    call.request(PARTS_AHEAD);
    SnapshotStaging staged = null;
    boolean isComplete = false;
    try {
      StoreSnapshot.Header header = header();
      if (header.index() < atLeastIndex) {
        throw new BrokenException("it only has a snapshot up to entry " + header.index());
      }
      Begun begun = begin(staging, header);
      staged = begun.staged();
      call.sendMessage(SnapshotRecords.after(begun.after()));
      call.halfClose();
      pages(header, staged);
      staged.complete();
      isComplete = true;
      return staged;
    } finally {
      leave();
      if (staged != null && !isComplete) {
        staged.close();
      }
    }
  }

  /**
   * Opens the staging area for this snapshot. The remains of an earlier attempt may be damaged, and
   * would fail every time: then they are dropped, and the snapshot is received from its first page.
   */
  private Begun begin(StagingArea staging, StoreSnapshot.Header header) throws IOException {
    try {
      return beginOnce(staging, header);
    } catch (IOException | RuntimeException unusable) {
      if (!staging.clear()) {
        throw unusable;
      }
      LOG.warning("dropping an unusable partial snapshot: {}", unusable.getMessage());
      return beginOnce(staging, header);
    }
  }

  private static Begun beginOnce(StagingArea staging, StoreSnapshot.Header header)
      throws IOException {
    SnapshotStaging staged = staging.open();
    try {
      return new Begun(staged, staged.begin(header));
    } catch (IOException | RuntimeException failure) {
      try {
        staged.close();
      } catch (IOException suppressed) {
        failure.addSuppressed(suppressed);
      }
      throw failure;
    }
  }

  private void leave() {
    try {
      call.cancel("done", null);
    } catch (RejectedExecutionException stopped) {
      LOG.debug("the transport was closed during a snapshot transfer", stopped);
    }
  }

  private StoreSnapshot.Header header() throws IOException, InterruptedException {
    StatePart first = nextOrFail();
    if (!first.hasHeader()) {
      throw new MalformedMessageException("the snapshot begins with " + first.getKindCase());
    }
    StateHeader header = first.getHeader();
    Map<String, Bytes> facts = new LinkedHashMap<>();
    while (facts.size() < header.getFactCount()) {
      StatePart part = nextOrFail();
      if (!part.hasFacts() || part.getFacts().getFactCount() == 0) {
        throw new MalformedMessageException("facts are missing from the snapshot");
      }
      part.getFacts()
          .getFactMap()
          .forEach((name, value) -> facts.put(name, Bytes.wrap(ByteStrings.unwrap(value))));
    }
    return SnapshotRecords.decode(header, facts);
  }

  private void pages(StoreSnapshot.Header header, SnapshotStaging staged)
      throws IOException, InterruptedException {
    Progress progress = new Progress(header);
    for (StatePart part = next(); part != null; part = next()) {
      if (!part.hasPages()) {
        throw new MalformedMessageException("expected pages, got " + part.getKindCase());
      }
      List<RevisionHistory.Page> pages = SnapshotRecords.decode(part.getPages());
      staged.add(pages);
      hasProgressed = true;
      progress.add(
          part.getPages().getPageList().stream().map(Page::getData).mapToLong(d -> d.size()).sum());
    }
    progress.end();
  }

  private StatePart nextOrFail() throws IOException, InterruptedException {
    StatePart part = next();
    if (part == null) {
      throw new MalformedMessageException("the snapshot ends before its first page");
    }
    return part;
  }

  /** The next part; null at the end. */
  private @Nullable StatePart next() throws IOException, InterruptedException {
    Arrival arrival = arrivals.poll(stallTimeout.toNanos(), TimeUnit.NANOSECONDS);
    if (arrival == null) {
      throw new BrokenException("received nothing for " + stallTimeout.toMillis() + " ms");
    }
    if (arrival.part() != null) {
      call.request(1);
      return arrival.part();
    }
    Status end = arrival.end();
    if (end == null || end.isOk()) {
      return null;
    }
    String reason = StatusText.of(end);
    if (isFinal(arrival.refusal())) {
      throw new IOException("refused: " + reason);
    }
    throw new BrokenException(reason);
  }

  /** The other member's table may lag behind, so an unknown caller may be known there soon. */
  private static boolean isFinal(@Nullable Refusal refusal) {
    return refusal != null && refusal != Refusal.UNKNOWN && refusal != Refusal.TARGET;
  }

  @Override
  public void onMessage(StatePart part) {
    arrivals.add(new Arrival(part, null, null));
  }

  @Override
  public void onClose(Status status, Metadata trailers) {
    arrivals.add(new Arrival(null, status, Refusal.in(trailers)));
  }

  /**
   * Reports progress: to the log every tenth of the snapshot and every five seconds, to the metrics
   * at each step.
   */
  private final class Progress {
    private final StoreSnapshot.Header header;
    private final long beganNanos = System.nanoTime();
    private long loggedNanos = beganNanos;
    private long loggedBytes;
    private long bytes;

    Progress(StoreSnapshot.Header header) {
      this.header = header;
      meter.expect(header.bytes());
    }

    void add(long more) {
      bytes += more;
      meter.moved(more);
      long now = System.nanoTime();
      // A tenth of a small snapshot is not worth a line.
      long step = Math.max(header.bytes() / 10, 16 << 20);
      if (bytes - loggedBytes >= step || now - loggedNanos >= LOG_INTERVAL_NANOS) {
        loggedBytes = bytes;
        loggedNanos = now;
        log("receiving");
      }
    }

    void end() {
      log("received");
    }

    private void log(String phase) {
      LOG.info(
          "{} snapshot up to entry {} from member {}: {} of about {} MiB, {} ms",
          phase,
          header.index(),
          source,
          bytes >> 20,
          header.bytes() >> 20,
          TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beganNanos));
    }
  }
}
