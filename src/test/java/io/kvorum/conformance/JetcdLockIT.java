package io.kvorum.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.Election;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.election.CampaignResponse;
import io.etcd.jetcd.election.LeaderResponse;
import io.etcd.jetcd.lock.LockResponse;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.PutOption;
import io.kvorum.testing.ServerUnderTest;
import io.kvorum.testing.SharedServer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** The stock Java client, which has no locks of its own: it calls the server's. */
@ExtendWith(SharedServer.class)
@Timeout(120)
final class JetcdLockIT {
  private static final long SECONDS_AT_MOST = 20;

  private final Client etcd;
  private final ByteSequence name;
  private final ByteSequence guarded;

  JetcdLockIT(ServerUnderTest server, TestInfo test) {
    etcd = Client.builder().endpoints(server.endpoint()).build();
    name = bytes(ServerUnderTest.prefix(test) + "l");
    guarded = bytes(ServerUnderTest.prefix(test) + "guarded");
  }

  @AfterEach
  void close() {
    etcd.close();
  }

  private static ByteSequence bytes(String text) {
    return ByteSequence.from(text, UTF_8);
  }

  private static <T> T get(CompletableFuture<T> call) throws Exception {
    return call.get(SECONDS_AT_MOST, TimeUnit.SECONDS);
  }

  private long grant() throws Exception {
    return get(etcd.getLeaseClient().grant(60)).getID();
  }

  private LockResponse lock(long lease) throws Exception {
    return get(etcd.getLockClient().lock(name, lease));
  }

  @Test
  void aLockPassesFromOneHolderToTheNext() throws Exception {
    ByteSequence held = lock(grant()).getKey();
    CompletableFuture<LockResponse> waiting = etcd.getLockClient().lock(name, grant());
    assertThat(waiting.isDone()).isFalse();
    assertThat(get(etcd.getLockClient().unlock(held)).getHeader().getRevision()).isPositive();
    ByteSequence next = get(waiting).getKey();
    assertThat(next).isNotEqualTo(held);
    assertThat(next.startsWith(name)).isTrue();
  }

  @Test
  void aWriteThatIsGuardedByTheLockFailsOnceTheLockIsLost() throws Exception {
    long lease = grant();
    ByteSequence key = lock(lease).getKey();
    KeyValue lock = get(etcd.getKVClient().get(key)).getKvs().get(0);
    assertThat(putIfHeld(key, lock.getCreateRevision(), "1")).isTrue();
    get(etcd.getLockClient().unlock(key));
    assertThat(putIfHeld(key, lock.getCreateRevision(), "2")).isFalse();
    lock(lease);
    assertThat(putIfHeld(key, lock.getCreateRevision(), "3"))
        .as("held again, but not since then")
        .isFalse();
    assertThat(get(etcd.getKVClient().get(guarded)).getKvs().get(0).getValue())
        .isEqualTo(bytes("1"));
  }

  private boolean putIfHeld(ByteSequence key, long revision, String value) throws Exception {
    return get(etcd.getKVClient()
            .txn()
            .If(new Cmp(key, Cmp.Op.EQUAL, CmpTarget.createRevision(revision)))
            .Then(Op.put(guarded, bytes(value), PutOption.DEFAULT))
            .commit())
        .isSucceeded();
  }

  @Test
  void anElectionIsWonObservedProclaimedAndResigned() throws Exception {
    Election election = etcd.getElectionClient();
    BlockingQueue<String> observed = new LinkedBlockingQueue<>();
    election.observe(
        name,
        new Election.Listener() {
          @Override
          public void onNext(LeaderResponse response) {
            observed.add(response.getKv().getValue().toString(UTF_8));
          }

          @Override
          public void onError(Throwable failure) {
            observed.add("failed: " + failure);
          }

          @Override
          public void onCompleted() {
            observed.add("completed");
          }
        });
    CampaignResponse first = get(election.campaign(name, grant(), bytes("v1")));
    assertThat(observed.poll(SECONDS_AT_MOST, TimeUnit.SECONDS)).isEqualTo("v1");
    get(election.proclaim(first.getLeader(), bytes("v2")));
    assertThat(observed.poll(SECONDS_AT_MOST, TimeUnit.SECONDS)).isEqualTo("v2");
    CompletableFuture<CampaignResponse> second = election.campaign(name, grant(), bytes("w1"));
    get(election.resign(first.getLeader()));
    get(second);
    assertThat(observed.poll(SECONDS_AT_MOST, TimeUnit.SECONDS)).isEqualTo("w1");
    assertThat(get(election.leader(name)).getKv().getValue()).isEqualTo(bytes("w1"));
  }
}
