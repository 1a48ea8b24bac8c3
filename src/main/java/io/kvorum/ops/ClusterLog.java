package io.kvorum.ops;

import io.kvorum.membership.MemberView;
import io.kvorum.model.ClusterMember;
import io.kvorum.support.Log;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Logs one line for each change of leader or membership that this member sees. Members are named as
 * in {@code m1 (8e9e05c52164694d)}. Thread-safe.
 */
public final class ClusterLog {
  private static final Log LOG = Log.of(ClusterLog.class);

  private final long selfId;
  private final MemberView table;

  // Under the lock.
  private Map<Long, ClusterMember> known = Map.of();
  private @Nullable String leader;

  public ClusterLog(long selfId, MemberView table) {
    this.selfId = selfId;
    this.table = table;
  }

  /** Logs the members of the cluster, and every change from now on. */
  public void start() {
    table.onChange(this::membersChanged);
    membersChanged();
  }

  /**
   * @param leaderId 0 if there is none
   */
  public synchronized void leaderChanged(long leaderId, long term) {
    String former = leader;
    leader = leaderId == 0 ? null : table.nameOf(leaderId);
    if (leaderId == selfId) {
      LOG.info("this member, {}, is the leader in term {}", leader, term);
    } else if (leaderId != 0) {
      LOG.info("following leader {} in term {}", leader, term);
    } else if (former != null) {
      LOG.info("lost leader {} in term {}", former, term);
    }
  }

  private synchronized void membersChanged() {
    Map<Long, ClusterMember> now = new LinkedHashMap<>();
    table.members().forEach(member -> now.put(member.id(), member));
    Map<Long, ClusterMember> former = known;
    known = now;
    if (former.isEmpty()) {
      logAll(now);
      return;
    }
    former.forEach(
        (id, member) -> {
          if (!now.containsKey(id)) {
            LOG.info("member {} was removed", member.label());
          }
        });
    now.forEach((id, member) -> logChange(former.get(id), member));
  }

  private static void logAll(Map<Long, ClusterMember> members) {
    if (members.isEmpty()) {
      return;
    }
    List<String> all = new ArrayList<>();
    for (ClusterMember member : members.values()) {
      all.add(member.label() + (member.isLearner() ? ", a learner" : ""));
    }
    LOG.info("cluster members: {}", String.join("; ", all));
  }

  private static void logChange(@Nullable ClusterMember former, ClusterMember member) {
    String text = member.label();
    if (former == null) {
      LOG.info(
          "member {} was added as a {}, peer URLs {}",
          text,
          member.isLearner() ? "learner" : "voter",
          member.peerUrls());
      return;
    }
    if (former.isLearner() && !member.isLearner()) {
      LOG.info("member {} was promoted from learner to voter", text);
    }
    if (!former.peerUrls().equals(member.peerUrls())) {
      LOG.info(
          "member {} changed peer URLs from {} to {}", text, former.peerUrls(), member.peerUrls());
    }
    if (!former.name().equals(member.name()) || !former.clientUrls().equals(member.clientUrls())) {
      LOG.info("member {} published client URLs {}", text, member.clientUrls());
    }
  }
}
