package io.kvorum.consensus.hazelcast;

import io.kvorum.consensus.PeerMessage;
import io.kvorum.consensus.PeerTransport;
import io.kvorum.model.ErrorCode;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Batches of other members that wait for their turn in the leader's log. Each is taken once in a
 * term, however often it is sent.
 *
 * <p>Confined to the engine thread.
 */
final class ForwardedProposals {

  /** Runs of numbers that were seen, the first of each run to its last. */
  private static final class Seen {
    private final TreeMap<Long, Long> runs = new TreeMap<>();

    boolean add(long number) {
      Map.Entry<Long, Long> below = runs.floorEntry(number);
      if (below != null && below.getValue() >= number) {
        return false;
      }
      long first = below != null && below.getValue() == number - 1 ? below.getKey() : number;
      Long after = runs.remove(number + 1);
      runs.put(first, after == null ? number : after);
      return true;
    }
  }

  private final RaftSettings settings;
  private final PeerTransport transport;
  private final ArrayDeque<EntryPart> waiting = new ArrayDeque<>();
  private final Map<Long, Seen> seenOf = new HashMap<>();
  private int term;
  private long waitingBytes;

  ForwardedProposals(RaftSettings settings, PeerTransport transport) {
    this.settings = settings;
    this.transport = transport;
  }

  /** This member leads in that term; nothing of an earlier one counts any more. */
  void beginTerm(int newTerm) {
    if (newTerm != term) {
      term = newTerm;
      waiting.clear();
      waitingBytes = 0;
      seenOf.clear();
    }
  }

  /** Takes a batch that was given to the leader of its term, unless it was taken before. */
  void receive(long senderId, PeerMessage.Forward forward) {
    if (forward.term() != term
        || !seenOf
            .computeIfAbsent(forward.origin(), origin -> new Seen())
            .add(forward.sequence())) {
      return;
    }
    int size = forward.commands().length;
    if (waitingBytes > 0 && waitingBytes + size > settings.maxPendingBytes()) {
      boolean unused =
          transport.send(
              senderId,
              new PeerMessage.ForwardRefused(
                  forward.origin(), forward.sequence(), ErrorCode.TOO_MANY_REQUESTS));
      return;
    }
    waitingBytes += size;
    waiting.add(
        EntryPart.encoded(
            forward.origin(), forward.sequence(), forward.count(), forward.commands()));
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  /**
   * The next batch, if it has room in an entry.
   *
   * @param roomBytes what is left; a batch that is alone in its entry always has room
   */
  @Nullable EntryPart next(long roomBytes, boolean isAlone) {
    EntryPart part = waiting.peek();
    if (part == null || (!isAlone && part.encoded().length > roomBytes)) {
      return null;
    }
    waiting.remove();
    waitingBytes -= part.encoded().length;
    return part;
  }
}
