package io.kvorum.boot;

import io.kvorum.consensus.Consensus;
import io.kvorum.membership.MemberView;
import io.kvorum.model.ClusterMember;
import io.kvorum.peer.PeerServices;
import io.kvorum.peer.RemovedMembers;
import io.kvorum.peer.grpc.GrpcPeerTransport;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongPredicate;

/**
 * Opens and closes the transport's links as the table of members changes. The link to a member that
 * was removed stays open until the member has had time to learn of it, and for as long as it votes
 * in the Raft group: a leader that was removed transfers leadership first. Thread-safe.
 *
 * <p>Held by: WholeMemberTest, ClusterMembershipIT.
 */
final class MemberLinks {
  private static final long GRACE_SECONDS = 2;

  private final MemberView members;
  private final Consensus consensus;
  private final GrpcPeerTransport transport;

  /** Under the lock: the members, and former ones whose links are still open. */
  private Map<Long, ClusterMember> linked = Map.of();

  MemberLinks(MemberView members, Consensus consensus, GrpcPeerTransport transport) {
    this.members = members;
    this.consensus = consensus;
    this.transport = transport;
  }

  /**
   * Opens the links, lets other members connect, and follows the table from now on. To be called
   * once, after the table has been recovered.
   *
   * @param services answers the requests of other members
   * @param onRemoved called when another member reports that this one was removed
   * @throws IOException if an address cannot be listened on
   */
  void start(PeerServices services, Runnable onRemoved) throws IOException {
    transport.start(services, removed(onRemoved), linkAll());
    members.onChange(this::membersChanged);
    membersChanged();
  }

  /** A member that was removed and still votes counts as a member: the group may need its vote. */
  private RemovedMembers removed(Runnable onRemoved) {
    return new RemovedMembers() {
      @Override
      public boolean wasRemoved(long memberId) {
        return members.wasRemoved(memberId) && !consensus.isVoter(memberId);
      }

      @Override
      public void onRemoved() {
        onRemoved.run();
      }
    };
  }

  /** From now on a member that is removed keeps its link for a while. */
  private synchronized Collection<ClusterMember> linkAll() {
    Map<Long, ClusterMember> all = new TreeMap<>();
    members.members().forEach(member -> all.put(member.id(), member));
    linked = all;
    return List.copyOf(all.values());
  }

  private void membersChanged() {
    if (follow(former -> true)) {
      reviewLater();
    }
  }

  private void reviewLater() {
    CompletableFuture.delayedExecutor(GRACE_SECONDS, TimeUnit.SECONDS)
        .execute(
            () -> {
              if (follow(consensus::isVoter)) {
                reviewLater();
              }
            });
  }

  /**
   * @param stays whether the link to a former member stays open
   * @return whether there is such a link
   */
  private synchronized boolean follow(LongPredicate stays) {
    Map<Long, ClusterMember> next = new TreeMap<>();
    linked.forEach(
        (id, member) -> {
          if (stays.test(id)) {
            next.put(id, member);
          }
        });
    List<ClusterMember> now = members.members();
    now.forEach(member -> next.put(member.id(), member));
    linked = next;
    transport.update(next.values());
    return next.size() > now.size();
  }
}
