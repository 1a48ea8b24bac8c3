package io.kvorum.peer;

import io.kvorum.meter.Histogram;
import java.time.Instant;
import java.util.List;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * What went over the peer port since the member started.
 *
 * @param members the other members
 */
public record PeerStats(List<OtherMember> members, Transfers transfers) {

  /** Of a member that has no others. */
  public static final PeerStats NONE =
      new PeerStats(List.of(), new Transfers(List.of(), List.of()));

  public PeerStats {
    members = List.copyOf(members);
  }

  /**
   * What went to and from another member.
   *
   * @param sendFailures messages that were dropped, or lost in the queue when the way broke
   * @param receiveFailures streams that were ended for a message that made no sense
   * @param isActive whether the way to it is open
   * @param disconnects how often that way broke
   * @param roundTripNanos of the last ping; 0 before the first
   * @param roundTrips of all pings
   * @param lastConnected null if there never was a way to it
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
   * Whole states that went to and came from one member.
   *
   * @param done those that were sent or arrived in full
   * @param failed attempts
   * @param underWay attempts
   * @param bytes of pages, in the attempt under way, or else the last one
   * @param expectedBytes of pages in that whole state, about; an attempt that goes on where an
   *     earlier one broke moves fewer
   * @param durations of those in full
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
   * Whole states, by the other member, ordered by its id.
   *
   * @param to sent to others
   * @param from received from others
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
