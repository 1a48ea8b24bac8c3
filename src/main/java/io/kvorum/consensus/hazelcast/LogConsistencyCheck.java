package io.kvorum.consensus.hazelcast;

import io.kvorum.consensus.StateMachine.DurableState;
import io.kvorum.consensus.WriteAheadLog;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whether a log that was opened fits the state above it and the member it is to serve.
 *
 * <pre>
 *   log                  state              what is done
 *   new                  new                nothing
 *   new                  made from a log    refused: the log was lost
 *   new                  installed          the log of a member that joins goes on after it;
 *                                           refused otherwise: the log was lost
 *   another member's     any                refused
 *   lacks its entry      installed          the log goes on after it
 *   begins after it      installed          refused: what lies between was lost; but the log of a
 *                                           member that joins, and never used it, goes on after it
 *   ends before it       made from the log  refused: the end of the log was lost
 *   begins after it      made from the log  refused: what lies between was lost
 *   holds its entry      any                nothing
 * </pre>
 *
 * <p>A log that does not fit is refused before anything is changed. Where a new cluster is forced,
 * it ends with an entry that makes this member the only voter.
 *
 * <p>Used once, by the engine thread.
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
   * What the log holds once it fits.
   *
   * @return null if log and state are both new
   * @throws IOException if they do not fit together, or not to this member
   */
  WriteAheadLog.@Nullable Recovered fitted(WriteAheadLog.Recovered opened) throws IOException {
    if (opened.members() == null && !hasJoined()) {
      requireNothing(opened);
      return null;
    }
    WriteAheadLog.Recovered recovered = reachingTheState(opened);
    requireNoGap(recovered);
    return identity.isForcedNewCluster() ? endedAlone(recovered) : recovered;
  }

  /** Whether all there can be so far is a state. */
  private boolean hasJoined() {
    return identity.isJoining() && durableState.isInstalled();
  }

  /** The group of voters as of the last entry that the state holds. */
  GroupCodec.Group groupOf(WriteAheadLog.Recovered recovered) throws IOException {
    MembersCodec.Members members = readMembers(recovered.members());
    byte[] remembered = durableState.group();
    return remembered == null
        ? new GroupCodec.Group(0, GroupChange.sorted(members.initial()))
        : readGroup(remembered);
  }

  /** The term of an entry of the log, or of the one before its first. */
  static int termOf(long index, WriteAheadLog.Recovered recovered, WriteAheadLog log)
      throws IOException {
    return index < recovered.firstIndex() ? recovered.lastDiscardedTerm() : log.read(index).term();
  }

  /** A state that was installed, and after which the process ended, takes its log along. */
  private WriteAheadLog.Recovered reachingTheState(WriteAheadLog.Recovered opened)
      throws IOException {
    byte[] memberRecord = opened.members();
    if (memberRecord == null) {
      byte[] group = durableState.group();
      List<MemberEndpoint> voters = group == null ? List.of() : readGroup(group).voters();
      log.saveMembers(MembersCodec.encode(new MemberEndpoint(identity.memberId()), voters));
      return log.reset(durableState.index(), (int) durableState.term());
    }
    MembersCodec.Members members = readMembers(memberRecord);
    if (members.self().id() != identity.memberId()) {
      throw new IOException(
          "the write-ahead log belongs to member %s, but this is member %x"
              .formatted(members.self(), identity.memberId()));
    }
    boolean isAmiss = durableState.isInstalled() && !holdsTheState(opened);
    return isAmiss && (reachesBackTo(durableState.index(), opened) || isUnused(opened))
        ? log.reset(durableState.index(), (int) durableState.term())
        : opened;
  }

  /** What lies before its first entry may have been acknowledged: a log never goes back there. */
  private static boolean reachesBackTo(long index, WriteAheadLog.Recovered opened) {
    return index >= opened.firstIndex() - 1;
  }

  /** Whether it was only prepared for a join that did not come to its end. */
  private boolean isUnused(WriteAheadLog.Recovered opened) {
    return identity.isJoining() && opened.term() == 0 && opened.firstIndex() > opened.lastIndex();
  }

  private boolean holdsTheState(WriteAheadLog.Recovered opened) throws IOException {
    long index = durableState.index();
    return index >= opened.firstIndex() - 1
        && index <= opened.lastIndex()
        && termOf(index, opened, log) == durableState.term();
  }

  /** The log ends with an entry of a new term after which this member is the only voter. */
  private WriteAheadLog.Recovered endedAlone(WriteAheadLog.Recovered recovered) throws IOException {
    MemberEndpoint self = new MemberEndpoint(identity.memberId());
    int term = Math.max(recovered.term(), termOf(recovered.lastIndex(), recovered, log)) + 1;
    long index = recovered.lastIndex() + 1;
    byte[] group = codec.encodeGroup(new GroupChange(self, true, List.of(self)));
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

  private void requireNothing(WriteAheadLog.Recovered opened) throws IOException {
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

  private static MembersCodec.Members readMembers(byte @Nullable [] memberRecord)
      throws IOException {
    if (memberRecord == null) {
      throw new IOException("the write-ahead log is damaged: it has lost its member record");
    }
    try {
      return MembersCodec.decode(memberRecord);
    } catch (IllegalArgumentException e) {
      throw new IOException("the write-ahead log is damaged: " + e.getMessage(), e);
    }
  }

  private static GroupCodec.Group readGroup(byte[] bytes) throws IOException {
    try {
      return GroupCodec.decodeGroup(bytes);
    } catch (IllegalArgumentException e) {
      throw new IOException("the state is damaged: " + e.getMessage(), e);
    }
  }
}
