package io.kvorum.conformance;

import static io.kvorum.conformance.GrpcClient.answer;
import static io.kvorum.conformance.GrpcClient.assertUnknown;
import static io.kvorum.conformance.GrpcClient.bytes;
import static io.kvorum.conformance.GrpcClient.failure;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.kvorum.proto.mvccpb.KeyValue;
import io.kvorum.proto.v3electionpb.CampaignRequest;
import io.kvorum.proto.v3electionpb.CampaignResponse;
import io.kvorum.proto.v3electionpb.LeaderKey;
import io.kvorum.proto.v3electionpb.LeaderRequest;
import io.kvorum.proto.v3electionpb.LeaderResponse;
import io.kvorum.proto.v3electionpb.ProclaimRequest;
import io.kvorum.proto.v3electionpb.ProclaimResponse;
import io.kvorum.proto.v3electionpb.ResignRequest;
import io.kvorum.proto.v3electionpb.ResignResponse;
import io.kvorum.testing.ServerUnderTest;
import io.kvorum.testing.SharedServer;
import java.util.Iterator;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SharedServer.class)
final class GrpcElectionIT {
  private final GrpcClient client;
  private final String name;

  GrpcElectionIT(ServerUnderTest server, TestInfo test) {
    client = new GrpcClient(server.endpoint());
    name = ServerUnderTest.prefix(test) + "e";
  }

  @AfterEach
  void close() {
    client.close();
  }

  private CampaignRequest request(long lease, String value) {
    return CampaignRequest.newBuilder()
        .setName(bytes(name))
        .setLease(lease)
        .setValue(bytes(value))
        .build();
  }

  private CampaignResponse campaign(long lease, String value) {
    return client.election().campaign(request(lease, value));
  }

  /** A call that waits, once its key is in the queue. */
  private Future<CampaignResponse> waiting(long lease, String value) {
    Future<CampaignResponse> call = client.campaigning().campaign(request(lease, value));
    client.awaitPresent(key(lease));
    return call;
  }

  private String key(long lease) {
    return name + "/" + Long.toString(lease, 16);
  }

  private ResignResponse resign(LeaderKey leader) {
    return client.election().resign(ResignRequest.newBuilder().setLeader(leader).build());
  }

  private ProclaimResponse proclaim(LeaderKey leader, String value) {
    return client
        .election()
        .proclaim(ProclaimRequest.newBuilder().setLeader(leader).setValue(bytes(value)).build());
  }

  private LeaderRequest named() {
    return LeaderRequest.newBuilder().setName(bytes(name)).build();
  }

  @Test
  void theFirstCandidateLeads() {
    long lease = client.grant();
    CampaignResponse elected = campaign(lease, "v1");
    LeaderKey leader = elected.getLeader();
    assertThat(leader.getName()).isEqualTo(bytes(name));
    assertThat(leader.getKey()).isEqualTo(bytes(key(lease)));
    assertThat(leader.getLease()).isEqualTo(lease);
    assertThat(leader.getRev()).isEqualTo(elected.getHeader().getRevision());
    KeyValue kv = client.present(key(lease));
    assertThat(kv.getCreateRevision()).isEqualTo(leader.getRev());
    assertThat(kv.getValue().toStringUtf8()).isEqualTo("v1");
    assertThat(kv.getLease()).isEqualTo(lease);
  }

  @Test
  void campaigningAgainProclaimsAnotherValueAndWritesTheSameOneNot() {
    long lease = client.grant();
    CampaignResponse first = campaign(lease, "v1");
    CampaignResponse same = campaign(lease, "v1");
    assertThat(same.getLeader()).isEqualTo(first.getLeader());
    assertThat(client.present(key(lease)).getVersion()).isEqualTo(1);
    CampaignResponse other = campaign(lease, "v2");
    assertThat(other.getLeader()).isEqualTo(first.getLeader());
    KeyValue kv = client.present(key(lease));
    assertThat(kv.getVersion()).isEqualTo(2);
    assertThat(kv.getValue().toStringUtf8()).isEqualTo("v2");
    assertThat(other.getHeader().getRevision()).isLessThan(kv.getModRevision());
  }

  @Test
  void theNextCandidateLeadsWhenTheLeaderResignsWithTheRevisionOfItsCandidacy() {
    LeaderKey first = campaign(client.grant(), "v1").getLeader();
    long lease = client.grant();
    Future<CampaignResponse> waiting = waiting(lease, "v2");
    long candidate = client.present(key(lease)).getCreateRevision();
    resign(first);
    CampaignResponse elected = answer(waiting);
    assertThat(elected.getLeader().getRev()).isEqualTo(candidate);
    assertThat(elected.getHeader().getRevision()).isEqualTo(candidate);
  }

  @Test
  void aKeyThatWasPutByHandIsTakenOverWithValueAndLease() {
    long lease = client.grant();
    client.put(key(lease), "by hand");
    long created = client.present(key(lease)).getCreateRevision();
    assertThat(campaign(lease, "v1").getLeader().getRev()).isEqualTo(created);
    KeyValue kv = client.present(key(lease));
    assertThat(kv.getValue().toStringUtf8()).isEqualTo("v1");
    assertThat(kv.getLease()).isEqualTo(lease);
  }

  @Test
  void aCandidateWhoseDeadlinePassesLeavesNoKey() {
    campaign(client.grant(), "v1");
    long lease = client.grant();
    Status status =
        failure(
            client
                .campaigning()
                .withDeadlineAfter(1, TimeUnit.SECONDS)
                .campaign(request(lease, "v2")));
    assertThat(status.getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
    client.awaitGone(key(lease));
  }

  @Test
  void anUnknownLeaseIsRefused() {
    assertUnknown(failure(() -> campaign(4242, "v")), "etcdserver: requested lease not found");
  }

  @Test
  void aProclamationReplacesTheValueOfItsKey() {
    long lease = client.grant();
    LeaderKey leader = campaign(lease, "v1").getLeader();
    long proclaimed = proclaim(leader, "v2").getHeader().getRevision();
    assertThat(client.present(key(lease)).getModRevision()).isEqualTo(proclaimed);
    assertThat(client.election().leader(named()).getKv().getValue()).isEqualTo(bytes("v2"));
  }

  @Test
  void aCandidateMayProclaimOnItsOwnKey() {
    campaign(client.grant(), "v1");
    long lease = client.grant();
    Future<CampaignResponse> waiting = waiting(lease, "v2");
    long candidate = client.present(key(lease)).getCreateRevision();
    proclaim(
        LeaderKey.newBuilder()
            .setName(bytes(name))
            .setKey(bytes(key(lease)))
            .setRev(candidate)
            .setLease(lease)
            .build(),
        "v3");
    assertThat(client.present(key(lease)).getValue()).isEqualTo(bytes("v3"));
    assertThat(waiting).isNotDone();
  }

  @Test
  void aProclamationWithoutALeaseMovesTheKeyToANewOne() {
    long lease = client.grant();
    LeaderKey leader = campaign(lease, "v1").getLeader();
    proclaim(leader.toBuilder().setLease(0).build(), "v2");
    assertThat(client.present(key(lease)).getLease()).isNotIn(0L, lease);
  }

  @Test
  void aProclamationMustNameAKeyThatIsThere() {
    LeaderKey leader = campaign(client.grant(), "v1").getLeader();
    assertUnknown(
        failure(() -> proclaim(leader.toBuilder().setRev(1).build(), "v2")),
        "election: not leader");
    assertUnknown(
        failure(() -> proclaim(LeaderKey.getDefaultInstance(), "v2")),
        "etcdserver: key is not provided");
    assertUnknown(
        failure(() -> client.election().proclaim(ProclaimRequest.getDefaultInstance())),
        "\"leader\" field must be provided");
    assertUnknown(
        failure(() -> client.election().resign(ResignRequest.getDefaultInstance())),
        "\"leader\" field must be provided");
  }

  @Test
  void resigningTwiceOrWithAWrongRevisionIsNoError() {
    long lease = client.grant();
    LeaderKey leader = campaign(lease, "v1").getLeader();
    resign(leader.toBuilder().setRev(1).build());
    client.present(key(lease));
    resign(leader);
    assertThat(client.get(key(lease))).isNull();
    resign(leader);
  }

  @Test
  void theLeaderIsTheOwnerOfTheOldestKey() {
    assertUnknown(failure(() -> client.election().leader(named())), "election: no leader");
    client.put(name + "/z", "oldest");
    client.put(name + "/a", "younger");
    LeaderResponse leader = client.election().leader(named());
    assertThat(leader.getKv().getKey()).isEqualTo(bytes(name + "/z"));
    assertThat(leader.getKv().getValue()).isEqualTo(bytes("oldest"));
    assertThat(leader.getHeader().getRevision()).isGreaterThan(leader.getKv().getModRevision());
  }

  @Test
  void anObserverSeesEachLeaderAndEachOfItsValues() {
    Iterator<LeaderResponse> observed = client.election().observe(named());
    long lease = client.grant();
    Future<CampaignResponse> first = client.campaigning().campaign(request(lease, "v1"));
    LeaderResponse seen = observed.next();
    assertThat(seen.getKv().getValue()).isEqualTo(bytes("v1"));
    assertThat(seen.getHeader().getRevision()).isEqualTo(seen.getKv().getModRevision());
    LeaderKey leader = answer(first).getLeader();
    for (String value : new String[] {"v2", "v3"}) {
      proclaim(leader, value);
      assertThat(observed.next().getKv().getValue()).isEqualTo(bytes(value));
    }
    Future<CampaignResponse> second = waiting(client.grant(), "w1");
    resign(leader);
    answer(second);
    assertThat(observed.next().getKv().getValue()).isEqualTo(bytes("w1"));
  }

  @Test
  void anObserverThatComesLaterBeginsWithThePresentLeader() {
    long lease = client.grant();
    campaign(lease, "v1");
    client.put(name, "moves the revision");
    LeaderResponse seen = client.election().observe(named()).next();
    assertThat(seen.getKv()).isEqualTo(client.present(key(lease)));
    assertThat(seen.getHeader().getRevision()).isGreaterThan(seen.getKv().getModRevision());
  }
}
