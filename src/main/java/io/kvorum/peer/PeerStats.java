package io.kvorum.peer;

import io.kvorum.meter.Histogram;
import java.time.Instant;
import java.util.List;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Counts the traffic of the peer port since the member started. Immutable.
 *
 * @param members the other members
 */
public record PeerStats(List<OtherMember> members, Transfers transfers) {

  /** The statistics of a single member. */
  public static final PeerStats NONE =
      new PeerStats(List.of(), new Transfers(List.of(), List.of()));

  public PeerStats {
    members = List.copyOf(members);
  }

  /**
   * Counts the traffic to and from another member.
   *
   * @param sendFailures messages that were dropped, or lost in the queue when the link broke
   * @param receiveFailures streams that were closed because of a malformed message
   * @param isActive whether the link is open
   * @param disconnects how often the link broke
   * @param roundTripNanos of the last ping; 0 before the first
   * @param roundTrips of all pings
   * @param lastConnected null if the link has never been open
   */
  public record OtherMember(
      long memberId,
      long sentBytes,
      long sentMessages,
      long receivedBytes,
      long receivedMessages,
      long sendFailures,
      long receiveFailures,
      boolean isActive,
      long disconnects,
      long roundTripNanos,
      Histogram.Snapshot roundTrips,
      @Nullable Instant lastConnected) {}

  /**
   * Counts the snapshots sent to, or received from, one member.
   *
   * @param done complete transfers
   * @param failed attempts
   * @param underWay attempts
   * @param bytes of pages, in the attempt under way, or else in the last one
   * @param expectedBytes of pages in the whole snapshot, about; an attempt that resumes an earlier
   *     one moves fewer
   * @param durations of complete transfers
   */
  public record Transfer(
      long memberId,
      long done,
      long failed,
      int underWay,
      long bytes,
      long expectedBytes,
      Histogram.Snapshot durations) {}

  /**
   * Snapshot transfers by the other member, ordered by its id.
   *
   * @param to sent
   * @param from received
   */
  public record Transfers(List<Transfer> to, List<Transfer> from) {
    public Transfers {
      to = List.copyOf(to);
      from = List.copyOf(from);
    }

    public long sent() {
      return sum(to, Transfer::done);
    }

    public long sendFailures() {
      return sum(to, Transfer::failed);
    }

    public long sending() {
      return sum(to, Transfer::underWay);
    }

    public long received() {
      return sum(from, Transfer::done);
    }

    public long receiveFailures() {
      return sum(from, Transfer::failed);
    }

    public long receiving() {
      return sum(from, Transfer::underWay);
    }

    private static long sum(List<Transfer> transfers, ToLongFunction<Transfer> figure) {
      return transfers.stream().mapToLong(figure).sum();
    }
  }
}
