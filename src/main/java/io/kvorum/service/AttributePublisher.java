package io.kvorum.service;

import io.kvorum.consensus.Consensus;
import io.kvorum.membership.MemberView;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.Command;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.Result;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Tells the cluster this member's name and client URLs, which may be others than at the last start,
 * and tells them again until the table of members has them. Called by one thread.
 */
public final class AttributePublisher {
  private static final System.Logger LOG = System.getLogger(AttributePublisher.class.getName());

  private final long memberId;
  private final String name;
  private final List<String> clientUrls;
  private final MemberView members;
  private final Consensus consensus;
  private @Nullable CompletableFuture<Result> underWay;

  /** Why it was refused last, which is logged once. */
  private volatile @Nullable ErrorCode refusal;

  public AttributePublisher(
      long memberId,
      String name,
      List<String> clientUrls,
      MemberView members,
      Consensus consensus) {
    this.memberId = memberId;
    this.name = name;
    this.clientUrls = List.copyOf(clientUrls);
    this.members = members;
    this.consensus = consensus;
  }

  /** To be called every now and then. */
  public void tick() {
    ClusterMember known = members.find(memberId);
    boolean isKnown =
        known == null || (known.name().equals(name) && known.clientUrls().equals(clientUrls));
    if (isKnown || (underWay != null && !underWay.isDone())) {
      return;
    }
    if (!consensus.status().hasLeader()) {
      return;
    }
    underWay = consensus.propose(new Command.MemberAttributes(memberId, name, clientUrls));
    underWay.whenComplete(
        (result, failure) -> {
          if (failure != null) {
            LOG.log(Level.DEBUG, "name and URLs were not published, and are again", failure);
          } else {
            note(result instanceof Result.Rejected rejected ? rejected.code() : null);
          }
        });
  }

  private void note(@Nullable ErrorCode newRefusal) {
    if (newRefusal != null && newRefusal != refusal) {
      LOG.log(Level.WARNING, "this member may not say its name: {0}", newRefusal);
    }
    refusal = newRefusal;
  }
}
