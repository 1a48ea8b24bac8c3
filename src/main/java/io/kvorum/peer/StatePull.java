package io.kvorum.peer;

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
import io.kvorum.proto.peer.Page;
import io.kvorum.proto.peer.PeerGrpc;
import io.kvorum.proto.peer.PullRequest;
import io.kvorum.proto.peer.StateHeader;
import io.kvorum.proto.peer.StatePart;
import java.io.IOException;
import java.lang.System.Logger.Level;
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
 * One attempt to bring a state from another member into a staged store, on the thread that calls.
 * At most two parts are in memory: the next is asked for when one has been stored.
 */
final class StatePull extends ClientCall.Listener<StatePart> {
  private static final System.Logger LOG = System.getLogger(StatePull.class.getName());
  private static final int PARTS_AHEAD = 2;

  /** What the event loop hands over: a part, or the end. */
  private record Arrival(
      @Nullable StatePart part, @Nullable Status end, @Nullable Refusal refusal) {}

  /** A store that pages can be added to, after the last change that it has. */
  private record Begun(SnapshotStaging staged, Revision after) {}

  private final ClientCall<PullRequest, StatePart> call;
  private final String source;
  private final Duration stallTimeout;
  private final TransferMeter.Attempt meter;
  private final BlockingQueue<Arrival> arrivals = new LinkedBlockingQueue<>();
  private boolean hasProgressed;

  StatePull(
      ManagedChannel channel, String source, Duration stallTimeout, TransferMeter.Attempt meter) {
    this.call = channel.newCall(PeerGrpc.getPullStateMethod(), CallOptions.DEFAULT);
    this.source = source;
    this.stallTimeout = stallTimeout;
    this.meter = meter;
  }

  /** Ends it as if the connection had broken. Any thread. */
  void stop() {
    arrivals.add(new Arrival(null, Status.CANCELLED.withDescription("stopped"), null));
  }

  /** Whether anything was stored, so that another attempt would have less to do. */
  boolean hasProgressed() {
    return hasProgressed;
  }

  /**
   * Brings everything into a store that is opened once there is something to put into it.
   *
   * @return the complete store
   * @throws PullBrokenException if another attempt may go through
   * @throws IOException if none will
   */
  SnapshotStaging run(CallIdentity identity, long atLeastIndex, StagingArea stores)
      throws IOException, InterruptedException {
    call.start(this, identity.headers());
    call.sendMessage(StateRecords.atLeast(atLeastIndex));
    call.request(PARTS_AHEAD);
    SnapshotStaging staged = null;
    boolean isComplete = false;
    try {
      StoreSnapshot.Header header = header();
      if (header.index() < atLeastIndex) {
        throw new PullBrokenException("it has the state of index " + header.index() + " only");
      }
      Begun begun = begin(stores, header);
      staged = begun.staged();
      call.sendMessage(StateRecords.after(begun.after()));
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
   * What an earlier attempt left may be damaged, and would be for ever: then it is dropped, and the
   * state comes from its first page.
   */
  private Begun begin(StagingArea stores, StoreSnapshot.Header header) throws IOException {
    try {
      return beginOnce(stores, header);
    } catch (IOException | RuntimeException unusable) {
      if (!stores.clear()) {
        throw unusable;
      }
      LOG.log(
          Level.WARNING,
          "what was stored of an earlier state cannot be used and is dropped: {0}",
          unusable.getMessage());
      return beginOnce(stores, header);
    }
  }

  private static Begun beginOnce(StagingArea stores, StoreSnapshot.Header header)
      throws IOException {
    SnapshotStaging staged = stores.open();
    try {
      // The one place that knows what begin says: where the pages are to go on.
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
      call.cancel("done with it", null);
    } catch (RejectedExecutionException stopped) {
      LOG.log(Level.DEBUG, "the transport was closed while a state was being pulled", stopped);
    }
  }

  private StoreSnapshot.Header header() throws IOException, InterruptedException {
    StatePart first = nextOrFail();
    if (!first.hasHeader()) {
      throw new MalformedMessageException("the state begins with " + first.getKindCase());
    }
    StateHeader header = first.getHeader();
    Map<String, Bytes> facts = new LinkedHashMap<>();
    while (facts.size() < header.getFactCount()) {
      StatePart part = nextOrFail();
      if (!part.hasFacts() || part.getFacts().getFactCount() == 0) {
        throw new MalformedMessageException("facts are missing in the state");
      }
      part.getFacts()
          .getFactMap()
          .forEach((name, value) -> facts.put(name, Bytes.wrap(ByteStrings.unwrap(value))));
    }
    return StateRecords.decode(header, facts);
  }

  private void pages(StoreSnapshot.Header header, SnapshotStaging staged)
      throws IOException, InterruptedException {
    PullProgress progress = new PullProgress(header, source, meter);
    for (StatePart part = next(); part != null; part = next()) {
      if (!part.hasPages()) {
        throw new MalformedMessageException("no pages but " + part.getKindCase());
      }
      List<RevisionHistory.Page> pages = StateRecords.decode(part.getPages());
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
      throw new MalformedMessageException("the state ends before its first page");
    }
    return part;
  }

  /** Null at the end. */
  private @Nullable StatePart next() throws IOException, InterruptedException {
    Arrival arrival = arrivals.poll(stallTimeout.toNanos(), TimeUnit.NANOSECONDS);
    if (arrival == null) {
      throw new PullBrokenException("nothing came for " + stallTimeout.toMillis() + " ms");
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
    throw new PullBrokenException(reason);
  }

  /** A member that is not known there may be known there soon. */
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
}
