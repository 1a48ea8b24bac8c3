package io.kvorum.peer.grpc.wire;

import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.mvcc.HashQuestion;
import io.kvorum.mvcc.RevisionHash;
import io.kvorum.mvcc.StoreHash;
import io.kvorum.proto.peer.HashRequest;
import io.kvorum.proto.peer.HashResponse;
import java.io.IOException;

/**
 * Translates questions for the hash of a store, and the answers. Stateless.
 *
 * <p>Held by: RemoteHashesTest.
 */
public final class HashRecords {
  private HashRecords() {}

  public static HashRequest encode(HashQuestion question) {
    return HashRequest.newBuilder()
        .setRevision(question.revision())
        .setOfCompaction(question.isOfCompaction())
        .build();
  }

  public static HashQuestion decode(HashRequest request) {
    return new HashQuestion(request.getRevision(), request.getOfCompaction());
  }

  public static HashResponse encode(StoreHash answer) {
    return HashResponse.newBuilder()
        .setCrc(answer.hash().crc())
        .setCompactRevision(answer.hash().compactRevision())
        .setRevision(answer.hash().revision())
        .setCurrentRevision(answer.currentRevision())
        .build();
  }

  /** The answer that there is no such hash. */
  public static HashResponse refusal(ErrorCode code) {
    return HashResponse.newBuilder().setError(code.name()).build();
  }

  /**
   * @throws RequestException if there is no such hash: COMPACTED or FUTURE_REVISION
   * @throws IOException if the member gave another reason
   */
  public static StoreHash decode(HashResponse response) throws IOException {
    String error = response.getError();
    if (error.isEmpty()) {
      return new StoreHash(
          new RevisionHash(
              response.getCrc(), response.getCompactRevision(), response.getRevision()),
          response.getCurrentRevision());
    }
    for (ErrorCode code : new ErrorCode[] {ErrorCode.COMPACTED, ErrorCode.FUTURE_REVISION}) {
      if (code.name().equals(error)) {
        throw new RequestException(code);
      }
    }
    throw new IOException("it answered " + error);
  }
}
