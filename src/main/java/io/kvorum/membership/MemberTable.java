package io.kvorum.membership;

import io.kvorum.consensus.DesiredVoters;
import io.kvorum.model.Bytes;
import io.kvorum.model.ClusterMember;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * The replicated table of members: who belongs to the cluster, who once did. A removed member is
 * remembered for ever, since its id must never come back; but for one that is all that is left of
 * the cluster, and goes on alone.
 *
 * <p>Changed by the engine thread (before consensus has started, by the one that starts it); read
 * by any thread, each time as a whole. Each member is also a fact in the revision history: {@code
 * member/<id>}, and {@code member-removed/<id>} for one that was removed, ids as 16 hexadecimal
 * digits.
 *
 * <p>The founding members of a cluster are put in by {@link #found}; they become facts together
 * with the first entry that is applied.
 */
public final class MemberTable implements DesiredVoters {
  private static final String MEMBER_PREFIX = "member/";
  private static final String REMOVED_PREFIX = "member-removed/";

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
  private volatile Snapshot now = Snapshot.EMPTY;

  /** The name of the fact that holds a member. */
  public static String factName(long id) {
    return MEMBER_PREFIX + hex(id);
  }

  /** The name of the fact that says that a member was removed; its value is empty. */
  public static String removedFactName(long id) {
    return REMOVED_PREFIX + hex(id);
  }

  public static Bytes factValue(ClusterMember member) {
    return MemberFact.encode(member);
  }

  /**
   * The member that a fact holds; null if the fact is about something else.
   *
   * @throws IllegalArgumentException if it is not of a form that is known here
   */
  public static @Nullable ClusterMember parse(String factName, Bytes factValue) {
    return factName.startsWith(MEMBER_PREFIX)
        ? MemberFact.decode(id(factName, MEMBER_PREFIX), factValue)
        : null;
  }

  /** Takes over what the facts say, and forgets what was there before. */
  public void restore(Map<String, Bytes> facts) {
    Map<Long, ClusterMember> members = new TreeMap<>();
    Set<Long> removed = new TreeSet<>();
    facts.forEach(
        (name, value) -> {
          ClusterMember member = parse(name, value);
          if (member != null) {
            members.put(member.id(), member);
          } else if (name.startsWith(REMOVED_PREFIX)) {
            removed.add(id(name, REMOVED_PREFIX));
          }
        });
    change(members.values(), removed);
  }

  /**
   * Puts in the members that a new cluster starts with.
   *
   * @throws IllegalStateException if there are members
   */
  public void found(Collection<ClusterMember> founders) {
    if (!isEmpty()) {
      throw new IllegalStateException("the cluster has been founded already: " + members());
    }
    change(founders, now.removed());
  }

  /** Adds a member, or replaces the one with its id. */
  public void put(ClusterMember member) {
    Map<Long, ClusterMember> members = byId();
    members.put(member.id(), member);
    change(members.values(), now.removed());
  }

  /** Removes a member, for ever. */
  public void remove(long id) {
    Map<Long, ClusterMember> members = byId();
    members.remove(id);
    Set<Long> removed = new TreeSet<>(now.removed());
    removed.add(id);
    change(members.values(), removed);
  }

  /** Removes all members but this one, which belongs to the cluster even if it was removed once. */
  public void leaveAlone(ClusterMember sole) {
    Set<Long> removed = new TreeSet<>(now.removed());
    now.members().forEach(member -> removed.add(member.id()));
    removed.remove(sole.id());
    change(List.of(sole), removed);
  }

  /** Has the listener called, on the engine thread, after each change, when readers can see it. */
  public void onChange(Runnable listener) {
    listeners.add(listener);
  }

  /** All members, ordered by their ids as unsigned numbers. */
  public List<ClusterMember> members() {
    return now.members();
  }

  public @Nullable ClusterMember find(long id) {
    return now.find(id);
  }

  /** True before a cluster has been founded, or a state with members restored. */
  public boolean isEmpty() {
    return now.members().isEmpty();
  }

  /** Whether the member with that id was once removed. */
  public boolean wasRemoved(long id) {
    return now.removed().contains(id);
  }

  /** Whether the member belongs to the cluster and only follows. */
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

  private Map<Long, ClusterMember> byId() {
    Map<Long, ClusterMember> members = new TreeMap<>();
    now.members().forEach(member -> members.put(member.id(), member));
    return members;
  }

  private void change(Collection<ClusterMember> members, Set<Long> removed) {
    now = now.with(members, removed);
    listeners.forEach(Runnable::run);
  }

  private static String hex(long id) {
    return String.format("%016x", id);
  }

  private static long id(String factName, String prefix) {
    return Long.parseUnsignedLong(factName.substring(prefix.length()), 16);
  }
}
