package io.kvorum.sim;

import io.kvorum.consensus.PeerMessage;

/** Tells what happens in a simulation, with {@code -Dkvorum.cluster.trace=true}. */
final class ClusterTrace {
  static final boolean IS_ON = Boolean.getBoolean("kvorum.cluster.trace");

  private ClusterTrace() {}

  static void line(ClusterSchedule schedule, long member, String text) {
    if (IS_ON) {
      System.err.printf("%10.3f %3d %s%n", schedule.nanos() / 1e6, member, text);
    }
  }

  static String text(PeerMessage message) {
    if (!IS_ON) {
      return "";
    }
    if (message instanceof PeerMessage.Append append) {
      return "Append[term=%d, previous=%d/%d, committed=%d, entries=%s, query=%d, flow=%d]"
          .formatted(
              append.term(),
              append.previousIndex(),
              append.previousTerm(),
              append.committedIndex(),
              append.entries().stream()
                  .map(entry -> entry.index() + "/" + entry.term() + ":" + entry.payload()[1])
                  .toList(),
              append.queryRound(),
              append.flowSequence());
    }
    return message.toString();
  }
}
