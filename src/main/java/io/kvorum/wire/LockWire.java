package io.kvorum.wire;

import io.kvorum.model.Bytes;
import io.kvorum.model.Result;
import io.kvorum.proto.v3lockpb.LockRequest;
import io.kvorum.proto.v3lockpb.LockResponse;
import io.kvorum.proto.v3lockpb.UnlockRequest;
import io.kvorum.proto.v3lockpb.UnlockResponse;
import io.kvorum.service.Header;
import io.kvorum.service.LockService;
import io.kvorum.support.ByteStrings;

/**
 * Translates the messages of the Lock service. Stateless.
 *
 * <p>Held by: GrpcLockIT, JsonLockIT.
 */
public final class LockWire {
  private LockWire() {}

  public static Bytes name(LockRequest request) {
    return ByteStrings.bytes(request.getName());
  }

  public static Bytes key(UnlockRequest request) {
    return ByteStrings.bytes(request.getKey());
  }

  public static LockResponse response(Header header, LockService.Locked locked) {
    return LockResponse.newBuilder()
        .setHeader(HeaderWire.header(header))
        .setKey(ByteStrings.string(locked.key()))
        .build();
  }

  public static UnlockResponse response(Header header, Result.DeleteRange result) {
    return UnlockResponse.newBuilder().setHeader(HeaderWire.header(header)).build();
  }
}
