package io.kvorum.ops;

import io.kvorum.membership.MemberTable;
import io.kvorum.model.ClusterMember;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One line of the log for each change of the cluster that this member sees: who leads, who belongs
 * to it. Members are named as in {@code m1 (8e9e05c52164694d)}. Thread-safe.
 */
public final class ClusterLog {
  private static final System.Logger LOG = System.getLogger(ClusterLog.class.getName());

  private final long selfId;
  private final MemberTable table;

  // Under the lock.
  private Map<Long, ClusterMember> known = Map.of();
  private @Nullable String leader;

  public ClusterLog(long selfId, MemberTable table) {
    this.selfId = selfId;
    this.table = table;
  }

  /** Tells who belongs to the cluster now, and every change from now on. */
  public void start() {
    table.onChange(this::membersChanged);
    membersChanged();
  }

  /**
   * @param leaderId 0 if there is none
   */
  public synchronized void leaderIs(long leaderId, long term) {
    String number = Long.toString(term);
    String former = leader;
    leader = leaderId == 0 ? null : nameOf(leaderId);
    if (leaderId == selfId) {
      LOG.log(Level.INFO, "this member, {0}, is the leader in term {1}", leader, number);
    } else if (leaderId != 0) {
      LOG.log(Level.INFO, "following the leader {0} in term {1}", leader, number);
    } else if (former != null) {
      LOG.log(Level.INFO, "there is no leader any more in term {0}: it was {1}", number, former);
    }
  }

  private synchronized void membersChanged() {
    Map<Long, ClusterMember> now = new LinkedHashMap<>();
    table.members().forEach(member -> now.put(member.id(), member));
    Map<Long, ClusterMember> former = known;
    known = now;
    if (former.isEmpty()) {
      tellAll(now);
      return;
    }
    former.forEach(
        (id, member) -> {
          if (!now.containsKey(id)) {
            LOG.log(Level.INFO, "member {0} was removed", described(member));
          }
        });
    now.forEach((id, member) -> tellChange(former.get(id), member));
  }

  private static void tellAll(Map<Long, ClusterMember> members) {
    if (members.isEmpty()) {
      return;
    }
    List<String> all = new ArrayList<>();
    for (ClusterMember member : members.values()) {
      all.add(described(member) + (member.isLearner() ? ", a learner" : ""));
    }
    LOG.log(Level.INFO, "the members of the cluster: {0}", String.join("; ", all));
  }

  private static void tellChange(@Nullable ClusterMember former, ClusterMember member) {
    String text = described(member);
    if (former == null) {
      LOG.log(
          Level.INFO,
          "member {0} was added as a {1}, at {2}",
          text,
          member.isLearner() ? "learner" : "voter",
          member.peerUrls());
      return;
    }
    if (former.isLearner() && !member.isLearner()) {
      LOG.log(Level.INFO, "member {0} was promoted from learner to voter", text);
    }
    if (!former.peerUrls().equals(member.peerUrls())) {
      LOG.log(
          Level.INFO,
          "the peer URLs of member {0} were changed from {1} to {2}",
          text,
          former.peerUrls(),
          member.peerUrls());
    }
    if (!former.name().equals(member.name()) || !former.clientUrls().equals(member.clientUrls())) {
      LOG.log(
          Level.INFO,
          "member {0} has made itself known; its clients are served at {1}",
          text,
          member.clientUrls());
    }
  }

  private String nameOf(long id) {
    ClusterMember member = table.find(id);
    return member == null ? Long.toHexString(id) : described(member);
  }

  private static String described(ClusterMember member) {
    String id = Long.toHexString(member.id());
    return member.name().isEmpty() ? id : member.name() + " (" + id + ")";
  }
}
