package io.kvorum.boot.restore;

import io.kvorum.boot.config.ConfigurationException;
import io.kvorum.boot.config.InitialCluster;
import io.kvorum.boot.config.UrlComparison;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.MemberUrl;
import io.kvorum.service.Identity;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One of the members that found a cluster together, and all of them: their ids are derived as at a
 * first start, the same on each. Immutable.
 *
 * <p>Held by: RestoreTest.
 *
 * @param members in the order of their ids
 */
record Founder(Identity identity, List<ClusterMember> members) {
  Founder {
    members = List.copyOf(members);
  }

  /**
   * @param comparison decides whether two URLs lead to the same place
   * @throws RestoreException if the member is not one of the founders
   */
  static Founder of(RestoreSettings.NewMember member, UrlComparison comparison)
      throws RestoreException {
    InitialCluster cluster = cluster(member);
    List<MemberUrl> advertised = advertised(member);
    if (cluster.urlsOf(member.name()).isEmpty()) {
      throw new RestoreException(
          "couldn't find local name \""
              + member.name()
              + "\" in the initial cluster configuration");
    }
    try {
      cluster.verify(member.name(), advertised, comparison);
      Map<String, List<String>> texts = new LinkedHashMap<>();
      cluster.members().forEach((name, urls) -> texts.put(name, MemberUrl.texts(urls)));
      return new Founder(
          Identity.ofCluster(texts, member.token(), member.name()),
          Identity.initialMembers(texts, member.token()));
    } catch (ConfigurationException refused) {
      throw new RestoreException(
          refused.getMessage() + difference(advertised, cluster.urlsOf(member.name())), refused);
    } catch (IllegalArgumentException twins) {
      throw new RestoreException("--initial-cluster: " + twins.getMessage(), twins);
    }
  }

  List<Long> ids() {
    return members.stream().map(ClusterMember::id).toList();
  }

  private static InitialCluster cluster(RestoreSettings.NewMember member) throws RestoreException {
    try {
      return InitialCluster.parse(member.initialCluster());
    } catch (IllegalArgumentException malformed) {
      throw new RestoreException("--initial-cluster: " + malformed.getMessage(), malformed);
    }
  }

  private static List<MemberUrl> advertised(RestoreSettings.NewMember member)
      throws RestoreException {
    List<MemberUrl> urls = new ArrayList<>();
    try {
      for (String text : member.advertisedPeerUrls().split(",", -1)) {
        urls.add(MemberUrl.parse(text.strip()));
      }
    } catch (IllegalArgumentException malformed) {
      throw new RestoreException(
          "--initial-advertise-peer-urls: " + malformed.getMessage(), malformed);
    }
    return urls.stream().sorted(MemberUrl.ORDER).toList();
  }

  /** What etcd's message has at its end: the first pair of URLs that differ. */
  private static String difference(List<MemberUrl> advertised, List<MemberUrl> own) {
    for (int i = 0; i < Math.min(advertised.size(), own.size()); i++) {
      if (!advertised.get(i).equals(own.get(i))) {
        return " (resolved urls: \"" + advertised.get(i) + "\" != \"" + own.get(i) + "\")";
      }
    }
    return "";
  }
}
