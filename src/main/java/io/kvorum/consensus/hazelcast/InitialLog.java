package io.kvorum.consensus.hazelcast;

import io.kvorum.consensus.WriteAheadLog;
import io.kvorum.consensus.hazelcast.log.VoterGroup;
import java.io.IOException;
import java.util.List;

/**
 * Prepares the log of a member whose state did not come from a log: the member continues after it,
 * as it would after a snapshot of another member. Stateless.
 *
 * <p>Held by: RestoreTest.
 */
public final class InitialLog {
  private InitialLog() {}

  /** The group of voters as the state machine keeps it beside the state. */
  public static byte[] group(List<Long> voters) {
    return new VoterGroup(0, voters).encode();
  }

  /**
   * Makes a new log that continues after the state; durable when it returns.
   *
   * @param log is not open yet, and stays open
   * @param index of the last entry that the state is said to contain
   */
  public static void create(
      WriteAheadLog log, long memberId, List<Long> voters, long index, int term)
      throws IOException {
    WriteAheadLog.Recovered found = log.open();
    if (found.lastIndex() != 0 || found.members() != null) {
      throw new IOException("the write-ahead log is not empty");
    }
    log.saveMembers(new VoterGroup.MemberRecord(memberId, voters).encode());
    log.saveTerm(term, null);
    WriteAheadLog.Recovered unused = log.reset(index, term);
  }
}
