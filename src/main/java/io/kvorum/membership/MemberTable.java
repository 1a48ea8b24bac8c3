package io.kvorum.membership;

import io.kvorum.model.Bytes;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.Command;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.FactSink;
import io.kvorum.model.RequestException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Holds the replicated members of the cluster, and applies the commands that change them, after the
 * checks on which every member must agree. The id of a removed member is kept, since it must never
 * come back, except as the survivor of {@code --force-new-cluster}.
 *
 * <p>The applier alone has a reference to it, and changes it on the Raft thread (before consensus
 * has started, on the thread that starts it); all others read it as a {@link MemberView}, from any
 * thread. Each member is also a fact in the revision history ({@link MemberFact}). A command that
 * is rejected with {@link RequestException} has changed nothing.
 */
public final class MemberTable implements MemberView {

  /**
   * The table at one moment.
   *
   * @param members by unsigned id
   */
  private record Snapshot(
      List<ClusterMember> members,
      Set<Long> removed,
      Set<Long> voters,
      Set<Long> learners,
      long version) {
    static final Snapshot EMPTY = new Snapshot(List.of(), Set.of(), Set.of(), Set.of(), 0);

    @Nullable ClusterMember find(long id) {
      for (ClusterMember member : members) {
        if (member.id() == id) {
          return member;
        }
      }
      return null;
    }

    Snapshot with(Collection<ClusterMember> newMembers, Set<Long> newRemoved) {
      List<ClusterMember> sorted = new ArrayList<>(newMembers);
      sorted.sort((a, b) -> Long.compareUnsigned(a.id(), b.id()));
      Set<Long> newVoters = new TreeSet<>();
      Set<Long> newLearners = new TreeSet<>();
      for (ClusterMember member : sorted) {
        (member.isLearner() ? newLearners : newVoters).add(member.id());
      }
      return new Snapshot(
          List.copyOf(sorted),
          Set.copyOf(newRemoved),
          Set.copyOf(newVoters),
          Set.copyOf(newLearners),
          version + 1);
    }
  }

  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

  /** For log lines, which are about members that have just gone, too. Not replicated. */
  private final Map<Long, String> formerNames = new ConcurrentHashMap<>();

  private volatile Snapshot now = Snapshot.EMPTY;

  /** Replaces the content by what was found on disk, or in a snapshot from another member. */
  public void restore(Map<String, Bytes> facts) {
    Map<Long, ClusterMember> members = new TreeMap<>();
    Set<Long> removed = new TreeSet<>();
    facts.forEach(
        (name, value) -> {
          if (MemberFact.isMember(name)) {
            ClusterMember member = MemberFact.decode(name, value);
            members.put(member.id(), member);
          } else if (MemberFact.isRemoved(name)) {
            removed.add(MemberFact.removedId(name));
          }
        });
    change(members.values(), removed);
  }

  /** Enters the members that a new cluster starts with, if there are no members yet. */
  public void foundIfNew(Collection<ClusterMember> founders, FactSink facts) {
    if (now.members().isEmpty()) {
      change(founders, now.removed());
      now.members().forEach(member -> write(member, facts));
    }
  }

  /** As in etcd, the id of a removed member is not found, not even to be added again. */
  public void add(Command.MemberAdd add, FactSink facts) {
    ClusterMember member = add.member();
    if (wasRemoved(member.id())) {
      throw new RequestException(ErrorCode.MEMBER_NOT_FOUND);
    }
    if (find(member.id()) != null) {
      throw new RequestException(ErrorCode.MEMBER_EXISTS);
    }
    refuseTakenUrls(member.id(), member.peerUrls());
    if (member.isLearner() && learners().size() >= add.maxLearners()) {
      throw new RequestException(ErrorCode.TOO_MANY_LEARNERS);
    }
    put(member, facts);
  }

  /**
   * The last voter cannot be removed: nothing could be committed afterwards, not even an addition.
   */
  public void remove(Command.MemberRemove remove, FactSink facts) {
    ClusterMember member = existing(remove.memberId());
    if (!member.isLearner() && voters().size() == 1) {
      throw new RequestException(ErrorCode.MEMBER_NOT_ENOUGH_STARTED);
    }
    Map<Long, ClusterMember> members = byId();
    members.remove(member.id());
    Set<Long> removed = new TreeSet<>(now.removed());
    removed.add(member.id());
    change(members.values(), removed);
    writeRemoved(member.id(), facts);
  }

  public void promote(Command.MemberPromote promote, FactSink facts) {
    ClusterMember member = existing(promote.memberId());
    if (!member.isLearner()) {
      throw new RequestException(ErrorCode.MEMBER_NOT_LEARNER);
    }
    put(
        new ClusterMember(
            member.id(), member.name(), member.peerUrls(), member.clientUrls(), false),
        facts);
  }

  public void update(Command.MemberUpdate update, FactSink facts) {
    ClusterMember member = existing(update.memberId());
    refuseTakenUrls(member.id(), update.peerUrls());
    put(
        new ClusterMember(
            member.id(), member.name(), update.peerUrls(), member.clientUrls(), member.isLearner()),
        facts);
  }

  public void setAttributes(Command.MemberAttributes attributes, FactSink facts) {
    ClusterMember member = existing(attributes.memberId());
    put(
        new ClusterMember(
            member.id(),
            attributes.name(),
            member.peerUrls(),
            attributes.clientUrls(),
            member.isLearner()),
        facts);
  }

  /** Never rejected: whatever the log has before, the survivor must be able to continue. */
  public void reset(Command.MemberReset reset, FactSink facts) {
    ClusterMember survivor = reset.member();
    Set<Long> removed = new TreeSet<>(now.removed());
    for (ClusterMember other : now.members()) {
      if (other.id() != survivor.id()) {
        removed.add(other.id());
        writeRemoved(other.id(), facts);
      }
    }
    if (removed.remove(survivor.id())) {
      facts.remove(MemberFact.removedName(survivor.id()));
    }
    change(List.of(survivor), removed);
    write(survivor, facts);
  }

  @Override
  public void onChange(Runnable listener) {
    listeners.add(listener);
  }

  @Override
  public List<ClusterMember> members() {
    return now.members();
  }

  @Override
  public @Nullable ClusterMember find(long id) {
    return now.find(id);
  }

  /** The ids of the members that were removed, ordered as signed numbers. */
  public Set<Long> removed() {
    return now.removed();
  }

  @Override
  public boolean wasRemoved(long id) {
    return now.removed().contains(id);
  }

  @Override
  public boolean isLearner(long id) {
    return now.learners().contains(id);
  }

  @Override
  public Set<Long> voters() {
    return now.voters();
  }

  @Override
  public Set<Long> learners() {
    return now.learners();
  }

  @Override
  public long version() {
    return now.version();
  }

  @Override
  public String nameOf(long id) {
    ClusterMember member = find(id);
    return member == null ? formerNames.getOrDefault(id, Long.toHexString(id)) : member.label();
  }

  private ClusterMember existing(long id) {
    ClusterMember member = find(id);
    if (member == null) {
      throw new RequestException(ErrorCode.MEMBER_NOT_FOUND);
    }
    return member;
  }

  private void refuseTakenUrls(long id, List<String> peerUrls) {
    for (ClusterMember other : now.members()) {
      if (other.id() != id && other.peerUrls().stream().anyMatch(peerUrls::contains)) {
        throw new RequestException(ErrorCode.PEER_URL_EXISTS);
      }
    }
  }

  /** Adds a member, or replaces the one with its id. */
  void put(ClusterMember member, FactSink facts) {
    Map<Long, ClusterMember> members = byId();
    members.put(member.id(), member);
    change(members.values(), now.removed());
    write(member, facts);
  }

  private Map<Long, ClusterMember> byId() {
    Map<Long, ClusterMember> members = new TreeMap<>();
    now.members().forEach(member -> members.put(member.id(), member));
    return members;
  }

  private void change(Collection<ClusterMember> members, Set<Long> removed) {
    now.members().forEach(former -> formerNames.put(former.id(), former.label()));
    now = now.with(members, removed);
    listeners.forEach(Runnable::run);
  }

  private static void write(ClusterMember member, FactSink facts) {
    facts.put(MemberFact.name(member.id()), MemberFact.encode(member));
  }

  private static void writeRemoved(long id, FactSink facts) {
    facts.remove(MemberFact.name(id));
    facts.put(MemberFact.removedName(id), Bytes.EMPTY);
  }
}
