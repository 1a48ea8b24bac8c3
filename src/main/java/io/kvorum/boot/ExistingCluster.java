package io.kvorum.boot;

import io.kvorum.boot.StartPlan.Join;
import io.kvorum.boot.config.ConfigurationException;
import io.kvorum.boot.config.InitialCluster;
import io.kvorum.boot.config.UrlComparison;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.MemberUrl;
import io.kvorum.peer.ClusterDescription;
import io.kvorum.service.Identity;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The cluster that already runs at the URLs of the settings, as its members describe it to one that
 * starts without a log: whether that one may found the cluster or join it. Answers may be out of
 * date; a joiner therefore needs a leader's, who knows whether the cluster relies on it already.
 *
 * <p>What does not fit is refused with a {@link ConfigurationException} of one line.
 *
 * <p>Held by: ClusterStartTest.
 */
final class ExistingCluster {
  private final String name;
  private final InitialCluster expected;

  /** The leader's first: it is never out of date, and has the last word where nothing fits. */
  private final List<ClusterDescription> answers;

  /**
   * @param name of the member that starts
   * @param expected the cluster as the settings have it
   * @param descriptions those without members, from members that have just started, do not count
   */
  ExistingCluster(String name, InitialCluster expected, List<ClusterDescription> descriptions) {
    this.name = name;
    this.expected = expected;
    this.answers =
        descriptions.stream()
            .filter(description -> !description.members().isEmpty())
            .sorted(Comparator.comparing(ClusterDescription::isOfLeader).reversed())
            .toList();
  }

  /** Refuses a founder of another cluster than the running one, and one that it has outlived. */
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

  /** Finds the member that was added for the one that starts. */
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

  /** The member knows its id, but not the others' addresses, nor whether it still belongs. */
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

  /** One answer that fits is enough: the others may lag behind. */
  private Join firstMatch(UrlComparison comparison) {
    ConfigurationException refusal = null;
    for (ClusterDescription cluster : answers) {
      try {
        long id = find(cluster, comparison).id();
        return new Join(new Identity(cluster.clusterId(), id, name), cluster.members());
      } catch (ConfigurationException mayLagBehind) {
        refusal = refusal == null ? mayLagBehind : refusal;
      }
    }
    throw refusal == null ? unreachable() : refusal;
  }

  /**
   * Finds the joiner by its peer URLs, and checks, as etcd does, that the cluster consists of the
   * members that the settings name.
   */
  private ClusterMember find(ClusterDescription cluster, UrlComparison comparison) {
    List<MemberUrl> own = expected.urlsOf(name);
    List<ClusterMember> found =
        cluster.members().stream().filter(member -> isAt(own, member, comparison)).toList();
    if (found.isEmpty()) {
      throw mismatch(
          cluster,
          "%s is not a member: add it first with etcdctl member add %s --peer-urls=%s"
              .formatted(join(own), name, join(own)));
    }
    if (found.size() > 1) {
      throw mismatch(cluster, "several members have the URLs " + join(own));
    }
    if (cluster.members().size() != expected.members().size()) {
      throw mismatch(
          cluster,
          "member count is unequal: --initial-cluster has %d, the cluster has %d"
              .formatted(expected.members().size(), cluster.members().size()));
    }
    List<List<MemberUrl>> unmatched = new ArrayList<>(expected.members().values());
    for (ClusterMember member : cluster.members()) {
      List<MemberUrl> match =
          unmatched.stream()
              .filter(urls -> isAt(urls, member, comparison))
              .findFirst()
              .orElseThrow(
                  () ->
                      mismatch(
                          cluster,
                          "PeerURLs: no match found for existing member (%x, %s)"
                              .formatted(member.id(), member.peerUrls())));
      unmatched.remove(match);
    }
    return found.get(0);
  }

  private static boolean isAt(
      List<MemberUrl> urls, ClusterMember member, UrlComparison comparison) {
    try {
      return comparison.sameSet(urls, member.peerUrls().stream().map(MemberUrl::parse).toList());
    } catch (IllegalArgumentException malformedUrlOfTheMember) {
      return false;
    }
  }

  /**
   * Whether the cluster may rely on what the member once wrote: it has served, and it votes.
   * Without its log it could forget what it acknowledged; a learner acknowledges nothing.
   */
  private static boolean hasData(ClusterMember member) {
    return !member.clientUrls().isEmpty() && !member.isLearner();
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

  private ConfigurationException unreachable() {
    return new ConfigurationException(
        "cannot fetch cluster info from peer urls: could not retrieve cluster information from "
            + expected.urlsOfOthers(name));
  }

  private static ConfigurationException mismatch(ClusterDescription cluster, String reason) {
    String members =
        cluster.members().stream()
            .map(member -> "%x=%s".formatted(member.id(), String.join("|", member.peerUrls())))
            .collect(Collectors.joining(" "));
    return new ConfigurationException(
        "error validating peerURLs {cluster %x: %s}: %s"
            .formatted(cluster.clusterId(), members, reason));
  }

  private static ConfigurationException bootstrapped(ClusterMember self) {
    return new ConfigurationException(
        "member %s has already been bootstrapped, and its data is not in this data directory: if it is lost, remove the member and add it again"
            .formatted(self.label()));
  }

  private static ConfigurationException removed(Identity identity) {
    return new ConfigurationException(
        "member %s has been removed from cluster %x; empty the data directory and add it again with etcdctl member add"
            .formatted(identity.label(), identity.clusterId()));
  }

  private static String join(List<MemberUrl> urls) {
    return String.join(",", MemberUrl.texts(urls));
  }
}
