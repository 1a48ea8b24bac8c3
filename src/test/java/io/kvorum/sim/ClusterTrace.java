package io.kvorum.sim;

import io.kvorum.consensus.PeerMessage;
import io.kvorum.consensus.WriteAheadLog;
import java.util.List;

/** Prints what happens in a simulation, with {@code -Dkvorum.cluster.trace=true}. */
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
              entries(append.entries()),
              append.queryRound(),
              append.flowSequence());
    }
    return message.toString();
  }

  private static String entries(List<WriteAheadLog.Entry> entries) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < entries.size(); i++) {
      if (i < 2 || i > entries.size() - 3) {
        WriteAheadLog.Entry entry = entries.get(i);
        text.append("%d/%d:%d ".formatted(entry.index(), entry.term(), entry.payload()[1]));
      }
    }
    return "[" + text.toString().trim() + "]";
  }
}
