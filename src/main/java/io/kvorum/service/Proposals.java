package io.kvorum.service;

import io.kvorum.consensus.CommandCodec;
import io.kvorum.consensus.Consensus;
import io.kvorum.model.Command;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.model.Result;
import java.util.concurrent.CompletableFuture;

/**
 * Proposes commands for the services, and turns rejections into failures. Thread-safe.
 *
 * <p>Held by: EtcdctlPutGetIT, LeaseServiceTest, ClusterServiceTest.
 */
final class Proposals {
  private final Consensus consensus;
  private final CommandCodec codec;
  private final int maxRequestBytes;

  Proposals(Consensus consensus, CommandCodec codec, int maxRequestBytes) {
    this.consensus = consensus;
    this.codec = codec;
    this.maxRequestBytes = maxRequestBytes;
  }

  /**
   * Proposes a command; fails with the code of its rejection.
   *
   * @throws RequestException REQUEST_TOO_LARGE, immediately
   */
  <R extends Result> CompletableFuture<R> propose(Command command, Class<R> resultType) {
    if (codec.sizeOf(command) > maxRequestBytes) {
      throw new RequestException(ErrorCode.REQUEST_TOO_LARGE);
    }
    return consensus.propose(command).thenApply(result -> result.orThrow(resultType));
  }
}
