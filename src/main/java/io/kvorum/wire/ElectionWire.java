package io.kvorum.wire;

import io.kvorum.model.Bytes;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.proto.v3electionpb.CampaignRequest;
import io.kvorum.proto.v3electionpb.CampaignResponse;
import io.kvorum.proto.v3electionpb.LeaderKey;
import io.kvorum.proto.v3electionpb.LeaderRequest;
import io.kvorum.proto.v3electionpb.LeaderResponse;
import io.kvorum.proto.v3electionpb.ProclaimRequest;
import io.kvorum.proto.v3electionpb.ProclaimResponse;
import io.kvorum.proto.v3electionpb.ResignRequest;
import io.kvorum.proto.v3electionpb.ResignResponse;
import io.kvorum.service.ElectionService;
import io.kvorum.service.ElectionService.Leadership;
import io.kvorum.service.Header;
import io.kvorum.support.ByteStrings;

/**
 * Translates the messages of the Election service. Stateless.
 *
 * <p>Held by: GrpcElectionIT, JsonElectionIT.
 */
public final class ElectionWire {
  private ElectionWire() {}

  public static Bytes name(CampaignRequest request) {
    return ByteStrings.bytes(request.getName());
  }

  public static Bytes value(CampaignRequest request) {
    return ByteStrings.bytes(request.getValue());
  }

  public static Bytes name(LeaderRequest request) {
    return ByteStrings.bytes(request.getName());
  }

  public static Bytes value(ProclaimRequest request) {
    return ByteStrings.bytes(request.getValue());
  }

  /**
   * The leadership that the request names.
   *
   * @throws RequestException LEADER_KEY_MISSING
   */
  public static Leadership leadership(ProclaimRequest request) {
    return leadership(request.hasLeader(), request.getLeader());
  }

  /**
   * The leadership that the request names.
   *
   * @throws RequestException LEADER_KEY_MISSING
   */
  public static Leadership leadership(ResignRequest request) {
    return leadership(request.hasLeader(), request.getLeader());
  }

  private static Leadership leadership(boolean isThere, LeaderKey leader) {
    if (!isThere) {
      throw new RequestException(ErrorCode.LEADER_KEY_MISSING);
    }
    return new Leadership(
        ByteStrings.bytes(leader.getName()),
        ByteStrings.bytes(leader.getKey()),
        leader.getRev(),
        leader.getLease());
  }

  public static CampaignResponse response(Header header, ElectionService.Elected elected) {
    Leadership leadership = elected.leadership();
    return CampaignResponse.newBuilder()
        .setHeader(HeaderWire.header(header))
        .setLeader(
            LeaderKey.newBuilder()
                .setName(ByteStrings.string(leadership.name()))
                .setKey(ByteStrings.string(leadership.key()))
                .setRev(leadership.rev())
                .setLease(leadership.lease()))
        .build();
  }

  public static ProclaimResponse proclaimed(Header header) {
    return ProclaimResponse.newBuilder().setHeader(HeaderWire.header(header)).build();
  }

  public static LeaderResponse response(Header header, ElectionService.Leader leader) {
    return LeaderResponse.newBuilder()
        .setHeader(HeaderWire.header(header))
        .setKv(KvWire.keyValue(leader.kv()))
        .build();
  }

  public static ResignResponse resigned(Header header) {
    return ResignResponse.newBuilder().setHeader(HeaderWire.header(header)).build();
  }
}
