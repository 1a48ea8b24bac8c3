package io.kvorum.service;

import io.kvorum.consensus.Consensus;
import io.kvorum.membership.MemberPromotion;
import io.kvorum.membership.MemberView;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.Command;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.MemberUrl;
import io.kvorum.model.RequestException;
import io.kvorum.model.Result;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;

/**
 * Serves etcd's Cluster service. What is accepted changes the table of members; the group of voters
 * follows the table, one member at a time. Thread-safe; nothing blocks; fails as {@link KvService}.
 */
public final class ClusterService {
  /** The host of a peer: unlike in a configuration, never empty, and without a user's name. */
  private static final Pattern HOST = Pattern.compile("[^\\s@]+");

  private static final Pattern IPV6_ADDRESS = Pattern.compile("[0-9a-fA-F:.%]+");

  private final Access access;
  private final long selfId;
  private final MemberView members;
  private final Consensus consensus;
  private final Proposals proposals;
  private final QuorumCheck quorum;
  private final int maxLearners;
  private final LeaderCall<MemberPromotion> promotion;
  private final Clock clock;

  /**
   * @param access of the member itself
   * @param promotion on the leader, which alone knows whether a learner is in sync
   * @param clock the time is part of the id of a new member
   */
  ClusterService(
      Access access,
      long selfId,
      MemberView members,
      Consensus consensus,
      Proposals proposals,
      QuorumCheck quorum,
      int maxLearners,
      LeaderCall<MemberPromotion> promotion,
      Clock clock) {
    this.access = access;
    this.selfId = selfId;
    this.members = members;
    this.consensus = consensus;
    this.proposals = proposals;
    this.quorum = quorum;
    this.maxLearners = maxLearners;
    this.promotion = promotion;
    this.clock = clock;
  }

  /** The same service for others than the member itself. */
  ClusterService onBehalfOf(Access theirs) {
    return new ClusterService(
        theirs, selfId, members, consensus, proposals, quorum, maxLearners, promotion, clock);
  }

  /** The member that was added, and all members with it. */
  public record Added(ClusterMember member, List<ClusterMember> members) {}

  /** Whether this member is a learner. */
  public boolean isLearner() {
    return members.isLearner(selfId);
  }

  public CompletableFuture<List<ClusterMember>> memberList(boolean linearizable) {
    if (!linearizable) {
      return CompletableFuture.completedFuture(members.members());
    }
    return consensus.readIndex().thenApply(confirmed -> members.members());
  }

  /** The URLs are checked first, even if the caller may not add a member. */
  public CompletableFuture<Added> memberAdd(List<String> peerUrls, boolean isLearner) {
    List<String> urls = validated(peerUrls);
    return access.require(Access.Need.ROOT_OF_CLUSTER).thenCompose(allowed -> add(urls, isLearner));
  }

  private CompletableFuture<Added> add(List<String> urls, boolean isLearner) {
    quorum.checkAdd(isLearner);
    ClusterMember member = new ClusterMember(newId(urls), "", urls, List.of(), isLearner);
    return change(new Command.MemberAdd(member, maxLearners))
        .thenApply(
            all -> {
              LoopbackAdvice.give(member, all);
              return new Added(member, all);
            });
  }

  /** Never that of a removed member, which may have had the same URLs a moment ago. */
  private long newId(List<String> urls) {
    long seconds = clock.instant().getEpochSecond();
    long id = Identity.ofAddedMember(urls, seconds);
    while (members.wasRemoved(id)) {
      seconds++;
      id = Identity.ofAddedMember(urls, seconds);
    }
    return id;
  }

  public CompletableFuture<List<ClusterMember>> memberRemove(long id) {
    quorum.checkRemove(id);
    return change(new Command.MemberRemove(id));
  }

  public CompletableFuture<List<ClusterMember>> memberUpdate(long id, List<String> peerUrls) {
    List<String> urls;
    try {
      urls = validated(peerUrls);
    } catch (RequestException badUrls) {
      // As in etcd, an unknown member is named first.
      return memberList(true)
          .thenApply(
              all -> {
                throw all.stream().anyMatch(member -> member.id() == id)
                    ? badUrls
                    : new RequestException(ErrorCode.MEMBER_NOT_FOUND);
              });
    }
    return change(new Command.MemberUpdate(id, urls));
  }

  public CompletableFuture<List<ClusterMember>> memberPromote(long id) {
    return promotion.command(leader -> leader.promote(id));
  }

  /**
   * Peer URLs in the one form in which they are compared: sorted, without spaces around them, the
   * scheme in lower case.
   *
   * @throws RequestException MEMBER_BAD_URLS if there is none, or one is not a scheme, a host and a
   *     port
   */
  private static List<String> validated(List<String> peerUrls) {
    if (peerUrls.isEmpty()) {
      throw new RequestException(ErrorCode.MEMBER_BAD_URLS);
    }
    return peerUrls.stream()
        .map(ClusterService::parse)
        .sorted(MemberUrl.ORDER)
        .map(MemberUrl::toString)
        .toList();
  }

  private static MemberUrl parse(String peerUrl) {
    try {
      MemberUrl url = MemberUrl.parse(peerUrl.strip());
      Pattern form = peerUrl.contains("://[") ? IPV6_ADDRESS : HOST;
      if (!form.matcher(url.host()).matches()) {
        throw new RequestException(ErrorCode.MEMBER_BAD_URLS);
      }
      return url;
    } catch (IllegalArgumentException notUrl) {
      throw new RequestException(ErrorCode.MEMBER_BAD_URLS);
    }
  }

  private CompletableFuture<List<ClusterMember>> change(Command.MemberChange change) {
    return proposals.propose(change, Result.Members.class).thenApply(Result.Members::members);
  }
}
