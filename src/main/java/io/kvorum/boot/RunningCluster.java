package io.kvorum.boot;

import io.kvorum.boot.PeerDirectory.ClusterDescription;
import io.kvorum.boot.StartPlan.Join;
import io.kvorum.boot.config.ConfigurationException;
import io.kvorum.boot.config.InitialCluster;
import io.kvorum.boot.config.MemberUrl;
import io.kvorum.boot.config.UrlComparison;
import io.kvorum.model.ClusterMember;
import io.kvorum.service.Identity;
import java.util.List;

/**
 * What the other members say of their cluster to one that starts without a log, and whether it may
 * found that cluster or join it. Not every answer is up to date: whoever joins needs that of a
 * leader, who knows whether the cluster counts on it already.
 *
 * <p>What does not go together is refused with a {@link ConfigurationException} of one line.
 *
 * @param name of the member that starts
 * @param expected the cluster as its settings have it
 * @param answers of those that run and know who the members are; empty if none does
 */
record RunningCluster(String name, InitialCluster expected, List<ClusterDescription> answers) {

  /** Asks the others. Whoever knows no members has just been started itself, and does not count. */
  static RunningCluster ask(PeerDirectory directory, String name, InitialCluster expected) {
    List<MemberUrl> others = expected.urlsOfOthers(name);
    List<ClusterDescription> answers =
        others.isEmpty()
            ? List.of()
            : directory.describe(others).stream()
                .filter(description -> !description.members().isEmpty())
                .toList();
    return new RunningCluster(name, expected, answers);
  }

  /** Refuses a founder of another cluster than that which runs, or one that it has outlived. */
  void verifyFounder(Identity founder) {
    for (ClusterDescription running : answers) {
      if (running.clusterId() != founder.clusterId()) {
        throw new ConfigurationException(
            "members of --initial-cluster belong to cluster %x already, and the settings found cluster %x: to join, use --initial-cluster-state=existing"
                .formatted(running.clusterId(), founder.clusterId()));
      }
      ClusterMember self =
          running.members().stream()
              .filter(member -> member.id() == founder.memberId())
              .findFirst()
              .orElseThrow(() -> removed(founder));
      if (hasData(self)) {
        throw bootstrapped(self);
      }
    }
  }

  /** The member that has been added for the one that starts. */
  Join join(UrlComparison comparison) {
    requireOneCluster();
    requireLeader();
    Join join = firstMatch(comparison);
    long id = join.identity().memberId();
    answers.stream()
        .flatMap(description -> description.members().stream())
        .filter(member -> member.id() == id && hasData(member))
        .findFirst()
        .ifPresent(
            member -> {
              throw bootstrapped(member);
            });
    return join;
  }

  /** It knows who it is, but not where the others are now, nor whether it still belongs to them. */
  Join joinAgain(Identity known) {
    requireOneCluster();
    if (answers.get(0).clusterId() != known.clusterId()) {
      throw new ConfigurationException(
          "this member was about to join cluster %x, but the members of --initial-cluster belong to cluster %x"
              .formatted(known.clusterId(), answers.get(0).clusterId()));
    }
    return answers.stream()
        .map(ClusterDescription::members)
        .filter(members -> members.stream().anyMatch(member -> member.id() == known.memberId()))
        .findFirst()
        .map(members -> new Join(known, members))
        .orElseThrow(() -> removed(known));
  }

  /** It is enough that one answer fits: the others may lag behind. */
  private Join firstMatch(UrlComparison comparison) {
    ConfigurationException refusal = null;
    for (ClusterDescription description : answers) {
      try {
        ClusterMember self = new JoiningMember(name, expected, description, comparison).find();
        return new Join(
            new Identity(description.clusterId(), self.id(), name), description.members());
      } catch (ConfigurationException mayLagBehind) {
        refusal = refusal == null ? mayLagBehind : refusal;
      }
    }
    throw refusal == null ? unreachable() : refusal;
  }

  private void requireOneCluster() {
    if (answers.isEmpty()) {
      throw unreachable();
    }
    List<String> ids =
        answers.stream()
            .map(description -> Long.toHexString(description.clusterId()))
            .distinct()
            .sorted()
            .toList();
    if (ids.size() > 1) {
      throw new ConfigurationException(
          "members of --initial-cluster belong to different clusters: " + String.join(", ", ids));
    }
  }

  private void requireLeader() {
    if (answers.stream().noneMatch(ClusterDescription::isOfLeader)) {
      throw new ConfigurationException(
          "cannot fetch cluster info from peer urls: no leader of the cluster answers at "
              + expected.urlsOfOthers(name));
    }
  }

  /**
   * Whether the cluster may count on what the member once wrote: it has served, and it votes.
   * Without its log it could forget what it acknowledged; a learner acknowledges nothing.
   */
  private static boolean hasData(ClusterMember member) {
    return !member.clientUrls().isEmpty() && !member.isLearner();
  }

  private ConfigurationException unreachable() {
    return new ConfigurationException(
        "cannot fetch cluster info from peer urls: could not retrieve cluster information from "
            + expected.urlsOfOthers(name));
  }

  private static ConfigurationException bootstrapped(ClusterMember self) {
    return new ConfigurationException(
        "member %x has already been bootstrapped, and its data is not in this data directory: if it is lost, remove the member and add it again"
            .formatted(self.id()));
  }

  private static ConfigurationException removed(Identity identity) {
    return new ConfigurationException(
        "member %x has been removed from cluster %x; empty the data directory and add it again with etcdctl member add"
            .formatted(identity.memberId(), identity.clusterId()));
  }
}
