package io.kvorum.boot;

import io.kvorum.boot.config.InitialCluster;
import io.kvorum.boot.config.MemberUrl;
import io.kvorum.model.ClusterMember;
import io.kvorum.service.Identity;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The members that found a cluster together: each derives the same ids and records from the same
 * settings, without asking the others.
 *
 * @param token tells clusters apart that have the same URLs
 * @param areNamed whether all know the names of all; DNS knows none, and each knows its own alone
 */
record Founders(InitialCluster cluster, String token, boolean areNamed) {

  /** Who the member of that name is, which is one of the cluster. */
  Identity identityOf(String name) {
    return Identity.ofCluster(texts(), token, name);
  }

  /** Whether the member of that name would be this one; false if the settings make no sense. */
  boolean include(Identity identity) {
    try {
      return identityOf(identity.memberName()).equals(identity);
    } catch (IllegalArgumentException membersWithTheSameUrls) {
      return false;
    }
  }

  /** All of them, in the order of their ids; nameless where names are not known to all. */
  List<ClusterMember> members() {
    return Identity.initialMembers(texts(), token).stream()
        .map(
            member ->
                areNamed
                    ? member
                    : new ClusterMember(member.id(), "", member.peerUrls(), List.of(), false))
        .toList();
  }

  private Map<String, List<String>> texts() {
    Map<String, List<String>> texts = new LinkedHashMap<>();
    cluster
        .members()
        .forEach(
            (member, urls) -> texts.put(member, urls.stream().map(MemberUrl::toString).toList()));
    return texts;
  }
}
