package io.kvorum.service;

import io.kvorum.consensus.Consensus;
import io.kvorum.membership.MemberView;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.Command;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.Result;
import io.kvorum.support.Log;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Publishes this member's name and client URLs, which may have changed since its last start, and
 * repeats that until the table of members has them. Called by one thread.
 */
public final class AttributePublisher {
  private static final Log LOG = Log.of(AttributePublisher.class);

  private final long memberId;
  private final String name;
  private final List<String> clientUrls;
  private final MemberView members;
  private final Consensus consensus;
  private @Nullable CompletableFuture<Result> pending;

  /** The reason of the last rejection: each is logged once. */
  private volatile @Nullable ErrorCode lastRejection;

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

  /** Called at regular intervals. */
  public void tick() {
    ClusterMember known = members.find(memberId);
    boolean isPublished =
        known == null || (known.name().equals(name) && known.clientUrls().equals(clientUrls));
    if (isPublished || (pending != null && !pending.isDone())) {
      return;
    }
    if (!consensus.status().hasLeader()) {
      return;
    }
    pending = consensus.propose(new Command.MemberAttributes(memberId, name, clientUrls));
    pending.whenComplete(
        (result, failure) -> {
          if (failure != null) {
            LOG.debug("publishing name and client URLs failed, will retry", failure);
          } else {
            note(result instanceof Result.Rejected rejected ? rejected.code() : null);
          }
        });
  }

  private void note(@Nullable ErrorCode newRejection) {
    if (newRejection != null && newRejection != lastRejection) {
      LOG.warning("publishing name and client URLs was rejected: {}", newRejection);
    }
    lastRejection = newRejection;
  }
}
