package io.kvorum.peer;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What went over the peer port since the member started.
 *
 * @param members the other members
 */
public record PeerStats(List<OtherMember> members, Transfers transfers) {

  /**
   * What went to and from another member.
   *
   * @param sendFailures messages that were dropped, or lost in the queue when the way broke
   * @param receiveFailures streams that were ended for a message that made no sense
   * @param isActive whether the way to it is open
   * @param disconnects how often that way broke
   * @param roundTripNanos of the last ping; 0 before the first
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
      @Nullable Instant lastConnected) {}

  /**
   * Whole states: those that arrived or were sent in full, failed attempts, and those under way.
   */
  public record Transfers(
      long sent,
      long sendFailures,
      int sending,
      long received,
      long receiveFailures,
      int receiving) {}
}
