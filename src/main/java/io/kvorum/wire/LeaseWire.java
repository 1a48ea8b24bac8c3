package io.kvorum.wire;

import io.kvorum.model.Bytes;
import io.kvorum.model.Result;
import io.kvorum.proto.etcdserverpb.LeaseGrantResponse;
import io.kvorum.proto.etcdserverpb.LeaseKeepAliveResponse;
import io.kvorum.proto.etcdserverpb.LeaseLeasesResponse;
import io.kvorum.proto.etcdserverpb.LeaseRevokeResponse;
import io.kvorum.proto.etcdserverpb.LeaseStatus;
import io.kvorum.proto.etcdserverpb.LeaseTimeToLiveResponse;
import io.kvorum.service.Header;
import io.kvorum.service.LeaseService;
import io.kvorum.support.ByteStrings;
import java.util.List;

/**
 * Makes the responses of the Lease service; its requests are plain numbers. Stateless.
 *
 * <p>The header of a keep-alive must be made before the renewal, so that its revision is not above
 * it.
 */
public final class LeaseWire {
  private LeaseWire() {}

  public static LeaseGrantResponse response(Header header, Result.LeaseGrant result) {
    return LeaseGrantResponse.newBuilder()
        .setHeader(HeaderWire.header(header))
        .setID(result.id())
        .setTTL(result.ttlSeconds())
        .build();
  }

  public static LeaseRevokeResponse response(Header header, Result.LeaseRevoke result) {
    return LeaseRevokeResponse.newBuilder().setHeader(HeaderWire.header(header)).build();
  }

  public static LeaseKeepAliveResponse response(Header header, LeaseService.KeepAlive keepAlive) {
    return LeaseKeepAliveResponse.newBuilder()
        .setHeader(HeaderWire.header(header))
        .setID(keepAlive.id())
        .setTTL(keepAlive.ttlSeconds())
        .build();
  }

  public static LeaseTimeToLiveResponse response(
      Header header, LeaseService.TimeToLive timeToLive) {
    LeaseTimeToLiveResponse.Builder response =
        LeaseTimeToLiveResponse.newBuilder()
            .setHeader(HeaderWire.header(header))
            .setID(timeToLive.id())
            .setTTL(timeToLive.ttlSeconds())
            .setGrantedTTL(timeToLive.grantedTtlSeconds());
    for (Bytes key : timeToLive.keys()) {
      response.addKeys(ByteStrings.string(key));
    }
    return response.build();
  }

  public static LeaseLeasesResponse response(Header header, List<Long> leases) {
    LeaseLeasesResponse.Builder response =
        LeaseLeasesResponse.newBuilder().setHeader(HeaderWire.header(header));
    for (long id : leases) {
      response.addLeases(LeaseStatus.newBuilder().setID(id));
    }
    return response.build();
  }
}
