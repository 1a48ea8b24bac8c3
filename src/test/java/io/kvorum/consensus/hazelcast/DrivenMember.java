package io.kvorum.consensus.hazelcast;

import io.kvorum.consensus.DesiredVoters;
import io.kvorum.consensus.InMemoryWal;
import io.kvorum.consensus.LeadershipListener;
import io.kvorum.consensus.PeerMessage;
import io.kvorum.consensus.PeerTransport;
import io.kvorum.consensus.RaftIdentity;
import io.kvorum.consensus.RaftPorts;
import io.kvorum.consensus.RaftSettings;
import io.kvorum.consensus.SnapshotTransfer;
import io.kvorum.sim.CrashPoint;
import io.kvorum.sim.PutCodec;
import io.kvorum.sim.RecordingState;
import io.kvorum.sim.SimulatedClock;
import io.kvorum.sim.SimulatedRunner;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Runs member 1 with the real driver, on the thread of the test. The test decides which other
 * members are reachable, sees the messages sent to them, and answers for them.
 */
final class DrivenMember implements AutoCloseable {
  static final long ID = 1;

  /** A message to another member. */
  record Sent(long to, PeerMessage message) {}

  /** Who is to vote and who is to follow, as the test wants it. */
  private final class Wanted implements DesiredVoters {
    @Override
    public Set<Long> voters() {
      return voters;
    }

    @Override
    public Set<Long> learners() {
      return learners;
    }

    @Override
    public long version() {
      return 0;
    }
  }

  private final class Post implements PeerTransport {
    @Override
    public boolean send(long memberId, PeerMessage message) {
      boolean goesOut = !refusing.contains(memberId) && !away.contains(memberId);
      (goesOut ? sent : refused).add(new Sent(memberId, message));
      return goesOut;
    }

    @Override
    public boolean isReachable(long memberId) {
      return !away.contains(memberId);
    }

    @Override
    public void deliverTo(Receiver newReceiver) {
      receiver = newReceiver;
    }
  }

  /** Members that cannot be reached. */
  final Set<Long> away = new HashSet<>();

  /** Members for whom so much waits that the transport takes nothing more. */
  final Set<Long> refusing = new HashSet<>();

  /** Happens whenever the log is flushed. */
  Runnable duringFlush = () -> {};

  /** How often the log was read. */
  int logReads;

  final Set<Long> voters;
  final Set<Long> learners = new HashSet<>();
  final InMemoryWal.Disk disk;
  final RecordingState state = new RecordingState(new RecordingState.Disk(), new CrashPoint());
  final SimulatedRunner runner;
  final RaftConsensus consensus;
  final List<Throwable> failures = new ArrayList<>();
  private final List<Sent> sent = new ArrayList<>();
  private final List<Sent> refused = new ArrayList<>();
  private PeerTransport.Receiver receiver;
  private long nanos = 1_000_000_000;

  private DrivenMember(RaftSettings settings, InMemoryWal.Disk disk, Set<Long> founders) {
    this.disk = disk;
    this.voters = new HashSet<>(founders);
    this.runner = new SimulatedRunner(() -> nanos);
    SimulatedClock.follow(() -> nanos);
    RaftPorts ports =
        new RaftPorts(
            new InMemoryWal(disk, this::accessed),
            state,
            new PutCodec(),
            new Post(),
            SnapshotTransfer.NONE,
            new Wanted(),
            LeadershipListener.NONE);
    RaftIdentity identity = RaftIdentity.of(ID, founders);
    this.consensus = new RaftConsensus(identity, settings, ports, failures::add, runner);
    consensus.start();
    runner.runUntilIdle();
  }

  static DrivenMember of(RaftSettings settings, Set<Long> founders) {
    return on(new InMemoryWal.Disk(), settings, founders);
  }

  /** On what the disk holds. */
  static DrivenMember on(InMemoryWal.Disk disk, RaftSettings settings, Set<Long> founders) {
    return new DrivenMember(settings, disk, founders);
  }

  private void accessed(String access) {
    if (access.equals("read")) {
      logReads++;
    } else if (access.equals("flush")) {
      duringFlush.run();
    }
  }

  int term() {
    return (int) consensus.status().term();
  }

  /** Advances the time in small steps and runs what falls due. */
  void pass(long millis) {
    for (long left = millis; left > 0; left -= 5) {
      nanos += 5_000_000;
      runner.runUntilIdle();
    }
  }

  void hear(long from, PeerMessage message) {
    receiver.received(from, message);
    runner.runUntilIdle();
  }

  void connect(long memberId) {
    away.remove(memberId);
    receiver.connected(memberId);
    runner.runUntilIdle();
  }

  /** What of that kind was sent to the member since the last call for it. */
  <M extends PeerMessage> List<M> sentTo(long memberId, Class<M> kind) {
    return take(sent, memberId, kind);
  }

  /** The same, of what the transport did not take. */
  <M extends PeerMessage> List<M> refusedFor(long memberId, Class<M> kind) {
    return take(refused, memberId, kind);
  }

  private static <M extends PeerMessage> List<M> take(
      List<Sent> from, long memberId, Class<M> kind) {
    List<M> found = new ArrayList<>();
    from.removeIf(
        it -> {
          boolean isMeant = it.to() == memberId && kind.isInstance(it.message());
          if (isMeant) {
            found.add(kind.cast(it.message()));
          }
          return isMeant;
        });
    return found;
  }

  /** The voters let this member lead, and acknowledge the first entry of its term. */
  void winWith(long... others) {
    for (int step = 0; step < 1_000 && !consensus.status().isLeader(); step++) {
      pass(5);
      for (long voter : others) {
        for (PeerMessage.PreVoteRequest it : sentTo(voter, PeerMessage.PreVoteRequest.class)) {
          hear(voter, new PeerMessage.PreVoteResponse(it.nextTerm(), true));
        }
      }
      for (long voter : others) {
        for (PeerMessage.VoteRequest it : sentTo(voter, PeerMessage.VoteRequest.class)) {
          hear(voter, new PeerMessage.VoteResponse(it.term(), true));
        }
      }
    }
    for (long voter : others) {
      acknowledge(voter);
    }
  }

  /** The member has all that it was sent so far on disk, and what follows from its saying so. */
  void acknowledge(long memberId) {
    List<PeerMessage.Append> appends = sentTo(memberId, PeerMessage.Append.class);
    while (!appends.isEmpty()) {
      for (PeerMessage.Append append : appends) {
        hear(memberId, successOf(append));
      }
      appends = sentTo(memberId, PeerMessage.Append.class);
    }
  }

  static PeerMessage.AppendSuccess successOf(PeerMessage.Append append) {
    return new PeerMessage.AppendSuccess(
        append.term(),
        append.previousIndex() + append.entries().size(),
        append.queryRound(),
        append.flowSequence());
  }

  @Override
  public void close() {
    consensus.close();
    SimulatedClock.unfollow();
  }
}
