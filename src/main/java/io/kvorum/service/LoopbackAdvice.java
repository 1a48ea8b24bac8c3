package io.kvorum.service;

import io.kvorum.model.ClusterMember;
import io.kvorum.model.MemberUrl;
import io.kvorum.support.Log;
import java.util.List;

/**
 * Warns when a member is added that cannot reach all others, or be reached by them: some advertise
 * peer URLs on localhost alone, as a server does that was started without flags, and others do not.
 * A cluster that is on localhost as a whole, as for a test, is as it should be. Stateless.
 */
final class LoopbackAdvice {
  private static final Log LOG = Log.of(LoopbackAdvice.class);

  private LoopbackAdvice() {}

  /**
   * Warns about each member for which the addition makes a difference.
   *
   * @param added by this member, just now
   * @param members all of them, with that one
   */
  static void give(ClusterMember added, List<ClusterMember> members) {
    if (isOnLoopback(added)) {
      if (!members.stream().allMatch(LoopbackAdvice::isOnLoopback)) {
        LOG.warning(
            "the new member {} advertises {}, which members on other machines cannot reach: unless"
                + " all are on one machine, remove it and add it with a peer URL that they reach",
            added.label(),
            added.peerUrls());
      }
      return;
    }
    for (ClusterMember member : members) {
      if (isOnLoopback(member)) {
        LOG.warning(
            "member {} advertises {}, which the new member cannot reach from another machine:"
                + " before you start that one, restart this one with --listen-peer-urls on an"
                + " address that others reach, and run etcdctl member update {}"
                + " --peer-urls={}://<that address>:<port>",
            member.label(),
            member.peerUrls(),
            Long.toHexString(member.id()),
            MemberUrl.parse(member.peerUrls().get(0)).scheme());
      }
    }
  }

  private static boolean isOnLoopback(ClusterMember member) {
    return member.peerUrls().stream().map(MemberUrl::parse).allMatch(MemberUrl::isLoopback);
  }
}
