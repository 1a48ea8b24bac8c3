package io.kvorum.rest;

import com.google.protobuf.Message;
import io.grpc.Status;
import io.kvorum.rest.json.JsonToMessage;
import io.kvorum.service.ClientLimits;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.InputStream;

/** Reads requests; refuses those that are too large before all of them is in memory. Immutable. */
@ApplicationSingleton
public final class RequestBodies {
  private static final int MAX_TRUSTED_LENGTH = 64 * 1024;

  private final int maxMessageBytes;
  private final int maxJsonBytes;

  @Inject
  public RequestBodies(ClientLimits limits) {
    this.maxMessageBytes = limits.maxMessageBytes();
    this.maxJsonBytes = limits.maxJsonBytes();
  }

  /**
   * Reads one request into a message.
   *
   * @param declaredLength the declared content length; negative if there is none
   * @throws io.kvorum.rest.json.MalformedJsonException if it is malformed
   * @throws io.grpc.StatusRuntimeException if it is too large
   */
  <B extends Message.Builder> B read(InputStream body, int declaredLength, B builder)
      throws IOException {
    byte[] json = bytes(body, declaredLength);
    JsonToMessage.read(json, builder);
    if (json.length > maxMessageBytes) {
      int size = builder.build().getSerializedSize();
      if (size > maxMessageBytes) {
        throw tooLarge(size, maxMessageBytes);
      }
    }
    return builder;
  }

  private byte[] bytes(InputStream body, int declaredLength) throws IOException {
    if (declaredLength >= 0 && declaredLength <= MAX_TRUSTED_LENGTH) {
      byte[] json = new byte[declaredLength];
      int length = body.readNBytes(json, 0, declaredLength);
      if (length < declaredLength) {
        throw new IOException("the body ends before its declared length");
      }
      return json;
    }
    byte[] json = body.readNBytes(maxJsonBytes + 1);
    if (isTooLarge(json.length)) {
      throw tooLarge(json.length);
    }
    return json;
  }

  /** Whether a body of that many bytes is refused whatever is in it. */
  boolean isTooLarge(int bytes) {
    return bytes > maxJsonBytes;
  }

  /** The refusal of such a body. */
  RuntimeException tooLarge(int bytes) {
    return tooLarge(bytes, maxJsonBytes);
  }

  private static RuntimeException tooLarge(int size, int limit) {
    return Status.RESOURCE_EXHAUSTED
        .withDescription(ClientLimits.tooLarge(size, limit))
        .asRuntimeException();
  }
}
