package io.kvorum.boot;

import io.kvorum.boot.PeerDirectory.ClusterDescription;
import io.kvorum.boot.config.ConfigurationException;
import io.kvorum.boot.config.InitialCluster;
import io.kvorum.boot.config.MemberUrl;
import io.kvorum.boot.config.UrlComparison;
import io.kvorum.model.ClusterMember;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Finds the member that is about to join among those of the cluster, by its peer URLs; and makes
 * sure, as etcd does, that it expects the cluster that there is.
 */
record JoiningMember(
    String name, InitialCluster expected, ClusterDescription cluster, UrlComparison comparison) {

  /**
   * The member as the cluster knows it.
   *
   * @throws ConfigurationException with one line, if the cluster has not added it, or is made up of
   *     others than the settings say
   */
  ClusterMember find() {
    List<MemberUrl> own = expected.urlsOf(name);
    List<ClusterMember> found =
        cluster.members().stream().filter(member -> isAt(own, member)).toList();
    if (found.isEmpty()) {
      throw refusal(
          "%s is not a member: add it first with etcdctl member add %s --peer-urls=%s"
              .formatted(join(own), name, join(own)));
    }
    if (found.size() > 1) {
      throw refusal("several members have the URLs " + join(own));
    }
    if (cluster.members().size() != expected.members().size()) {
      throw refusal(
          "member count is unequal: --initial-cluster has %d, the cluster has %d"
              .formatted(expected.members().size(), cluster.members().size()));
    }
    List<List<MemberUrl>> left = new ArrayList<>(expected.members().values());
    for (ClusterMember member : cluster.members()) {
      if (!removeFirst(left, member)) {
        throw refusal(
            "PeerURLs: no match found for existing member (%x, %s)"
                .formatted(member.id(), member.peerUrls()));
      }
    }
    return found.get(0);
  }

  private boolean removeFirst(List<List<MemberUrl>> left, ClusterMember member) {
    for (int i = 0; i < left.size(); i++) {
      if (isAt(left.get(i), member)) {
        left.remove(i);
        return true;
      }
    }
    return false;
  }

  private boolean isAt(List<MemberUrl> urls, ClusterMember member) {
    try {
      return comparison.sameSet(urls, member.peerUrls().stream().map(MemberUrl::parse).toList());
    } catch (IllegalArgumentException notOfTheFormOfOurs) {
      return false;
    }
  }

  private ConfigurationException refusal(String reason) {
    String members =
        cluster.members().stream()
            .map(member -> "%x=%s".formatted(member.id(), String.join("|", member.peerUrls())))
            .collect(Collectors.joining(" "));
    return new ConfigurationException(
        "error validating peerURLs {cluster %x: %s}: %s"
            .formatted(cluster.clusterId(), members, reason));
  }

  private static String join(List<MemberUrl> urls) {
    return urls.stream().map(MemberUrl::toString).collect(Collectors.joining(","));
  }
}
