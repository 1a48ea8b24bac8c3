package io.kvorum.consensus.hazelcast.log;

import io.kvorum.consensus.RaftIdentity;
import io.kvorum.consensus.StateMachine.DurableState;
import io.kvorum.consensus.WriteAheadLog;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Checks that a log that was opened fits the state above it and the member that it is to serve, and
 * makes it continue after a state that was installed.
 *
 * <pre>
 *   log                  state              action
 *   new                  new                none
 *   new                  made from a log    refused: the log was lost
 *   new                  installed          continues after it, if the member joins;
 *                                           refused otherwise: the log was lost
 *   another member's     any                refused
 *   lacks its entry      installed          continues after it
 *   begins after it      installed          refused: what lies between was lost; but continues
 *                                           after it, if the member joins and never used the log
 *   ends before it       made from the log  refused: the end of the log was lost
 *   begins after it      made from the log  refused: what lies between was lost
 *   holds its entry      any                none
 * </pre>
 *
 * <p>A log that does not fit is refused before anything is changed. Where a new cluster is forced,
 * the log is made to end with an entry that makes this member the only voter.
 *
 * <p>Used once, by the Raft thread. Held by: LogConsistencyCheckTest.
 */
final class LogConsistencyCheck {
  private final RaftIdentity identity;
  private final WriteAheadLog log;
  private final EntryCodec codec;
  private final DurableState durableState;

  LogConsistencyCheck(
      RaftIdentity identity, WriteAheadLog log, EntryCodec codec, DurableState durableState) {
    this.identity = identity;
    this.log = log;
    this.codec = codec;
    this.durableState = durableState;
  }

  /**
   * Makes the log fit.
   *
   * @return what it holds then; null if log and state are both new
   * @throws IOException if they do not fit together, or not to this member
   */
  WriteAheadLog.@Nullable Recovered fitted(WriteAheadLog.Recovered opened) throws IOException {
    if (opened.members() == null && !isJoiningWithSnapshot()) {
      requireEmpty(opened);
      return null;
    }
    WriteAheadLog.Recovered recovered = afterInstalledState(opened);
    requireNoGap(recovered);
    return identity.isForcedNewCluster() ? endingAlone(recovered) : recovered;
  }

  /** Whether this member has a snapshot, and is not expected to have a log yet. */
  private boolean isJoiningWithSnapshot() {
    return identity.isJoining() && durableState.isInstalled();
  }

  /** The voters as of the last entry that the state holds. */
  VoterGroup groupOf(WriteAheadLog.Recovered recovered) throws IOException {
    VoterGroup.MemberRecord members = readMembers(recovered.members());
    byte[] remembered = durableState.group();
    return remembered == null ? new VoterGroup(0, members.initial()) : readGroup(remembered);
  }

  /** The term of an entry of the log, or of the one before its first. */
  static int termOf(long index, WriteAheadLog.Recovered recovered, WriteAheadLog log)
      throws IOException {
    return index < recovered.firstIndex() ? recovered.lastDiscardedTerm() : log.read(index).term();
  }

  /** The process may have ended after a state was installed and before the log was reset. */
  private WriteAheadLog.Recovered afterInstalledState(WriteAheadLog.Recovered opened)
      throws IOException {
    byte[] memberRecord = opened.members();
    if (memberRecord == null) {
      byte[] group = durableState.group();
      List<Long> voters = group == null ? List.of() : readGroup(group).voters();
      log.saveMembers(new VoterGroup.MemberRecord(identity.memberId(), voters).encode());
      return log.reset(durableState.index(), (int) durableState.term());
    }
    VoterGroup.MemberRecord members = readMembers(memberRecord);
    if (members.self() != identity.memberId()) {
      throw new IOException(
          "the write-ahead log belongs to member %x, but this is member %x"
              .formatted(members.self(), identity.memberId()));
    }
    boolean lacksState = durableState.isInstalled() && !holdsState(opened);
    return lacksState && (reachesBackTo(durableState.index(), opened) || isUnused(opened))
        ? log.reset(durableState.index(), (int) durableState.term())
        : opened;
  }

  /** A log is never reset to before its first entry, which may have been acknowledged. */
  private static boolean reachesBackTo(long index, WriteAheadLog.Recovered opened) {
    return index >= opened.firstIndex() - 1;
  }

  /** Whether the log was only prepared for a join that did not complete. */
  private boolean isUnused(WriteAheadLog.Recovered opened) {
    return identity.isJoining() && opened.term() == 0 && opened.firstIndex() > opened.lastIndex();
  }

  private boolean holdsState(WriteAheadLog.Recovered opened) throws IOException {
    long index = durableState.index();
    return index >= opened.firstIndex() - 1
        && index <= opened.lastIndex()
        && termOf(index, opened, log) == durableState.term();
  }

  /** Appends an entry of a new term that makes this member the only voter. */
  private WriteAheadLog.Recovered endingAlone(WriteAheadLog.Recovered recovered)
      throws IOException {
    long self = identity.memberId();
    int term = Math.max(recovered.term(), termOf(recovered.lastIndex(), recovered, log)) + 1;
    long index = recovered.lastIndex() + 1;
    byte[] group = codec.encodeVoters(new VoterGroup.Change(self, true, List.of(self)));
    log.saveTerm(term, null);
    log.append(new WriteAheadLog.Entry(index, term, group));
    log.flush();
    return new WriteAheadLog.Recovered(
        term,
        null,
        recovered.firstIndex(),
        index,
        recovered.lastDiscardedTerm(),
        recovered.members());
  }

  private void requireEmpty(WriteAheadLog.Recovered opened) throws IOException {
    if (opened.lastIndex() != 0 || opened.term() != 0) {
      throw new IOException(
          "the write-ahead log is damaged: it has entries up to %d of term %d, but no member record"
              .formatted(opened.lastIndex(), opened.term()));
    }
    if (durableState.index() != 0) {
      throw new IOException(
          "the write-ahead log is empty, but the state holds entries up to %d: the log was lost"
              .formatted(durableState.index()));
    }
  }

  private void requireNoGap(WriteAheadLog.Recovered recovered) throws IOException {
    long index = durableState.index();
    if (index > recovered.lastIndex()) {
      throw new IOException(
          "the state holds entries up to %d, but the write-ahead log ends at %d: its end was lost"
              .formatted(index, recovered.lastIndex()));
    }
    if (index < recovered.firstIndex() - 1) {
      throw new IOException(
          ("the state holds entries up to %d, but the write-ahead log begins at %d:"
                  + " what lies between was lost")
              .formatted(index, recovered.firstIndex()));
    }
  }

  private static VoterGroup.MemberRecord readMembers(byte @Nullable [] memberRecord)
      throws IOException {
    if (memberRecord == null) {
      throw new IOException("the write-ahead log is damaged: it has lost its member record");
    }
    try {
      return VoterGroup.MemberRecord.decode(memberRecord);
    } catch (IllegalArgumentException e) {
      throw new IOException("the write-ahead log is damaged: " + e.getMessage(), e);
    }
  }

  private static VoterGroup readGroup(byte[] bytes) throws IOException {
    try {
      return VoterGroup.decode(bytes);
    } catch (IllegalArgumentException e) {
      throw new IOException("the state is damaged: " + e.getMessage(), e);
    }
  }
}
