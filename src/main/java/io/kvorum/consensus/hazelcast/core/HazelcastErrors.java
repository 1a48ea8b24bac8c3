package io.kvorum.consensus.hazelcast.core;

import com.hazelcast.cp.exception.CannotReplicateException;
import com.hazelcast.cp.exception.LeaderDemotedException;
import com.hazelcast.cp.exception.NotLeaderException;
import com.hazelcast.cp.exception.StaleAppendRequestException;
import io.kvorum.model.ErrorCode;
import org.jspecify.annotations.Nullable;

/** Translates Hazelcast's refusals into error codes. Held by: LeaderAppenderTest. */
public final class HazelcastErrors {
  private HazelcastErrors() {}

  /** The code for an expected refusal; null if it is a bug. */
  public static @Nullable ErrorCode codeOf(Throwable refusal) {
    if (refusal instanceof NotLeaderException notLeader) {
      return notLeader.getLeaderUuid() == null ? ErrorCode.NO_LEADER : ErrorCode.NOT_LEADER;
    }
    if (refusal instanceof CannotReplicateException) {
      return ErrorCode.TOO_MANY_REQUESTS;
    }
    if (refusal instanceof LeaderDemotedException
        || refusal instanceof StaleAppendRequestException) {
      return ErrorCode.LEADER_CHANGED;
    }
    return null;
  }
}
