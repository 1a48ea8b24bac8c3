package io.kvorum.service;

import io.kvorum.consensus.CommandCodec;
import io.kvorum.consensus.Consensus;
import io.kvorum.model.Command;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.model.Result;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** Proposes commands for the services, and turns rejections into failures. Thread-safe. */
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
   * @throws RequestException REQUEST_TOO_LARGE, at once
   */
  <R extends Result> CompletableFuture<R> propose(Command command, Class<R> resultType) {
    if (codec.sizeOf(command) > maxRequestBytes) {
      throw new RequestException(ErrorCode.REQUEST_TOO_LARGE);
    }
    return consensus.propose(command).thenApply(accept(resultType));
  }

  private static <R extends Result> Function<Result, R> accept(Class<R> resultType) {
    return result -> {
      if (result instanceof Result.Rejected rejected) {
        throw new RequestException(rejected.code());
      }
      return resultType.cast(result);
    };
  }
}
