package io.kvorum.conformance;

import static io.kvorum.conformance.GrpcClient.answer;
import static io.kvorum.conformance.GrpcClient.assertUnknown;
import static io.kvorum.conformance.GrpcClient.bytes;
import static io.kvorum.conformance.GrpcClient.failure;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.grpc.Status;
import io.kvorum.proto.mvccpb.KeyValue;
import io.kvorum.proto.v3lockpb.LockRequest;
import io.kvorum.proto.v3lockpb.LockResponse;
import io.kvorum.proto.v3lockpb.UnlockRequest;
import io.kvorum.proto.v3lockpb.UnlockResponse;
import io.kvorum.testing.ServerUnderTest;
import io.kvorum.testing.SharedServer;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SharedServer.class)
final class GrpcLockIT {
  private final ServerUnderTest server;
  private final GrpcClient client;
  private final String name;

  GrpcLockIT(ServerUnderTest server, TestInfo test) {
    this.server = server;
    client = new GrpcClient(server.endpoint());
    name = ServerUnderTest.prefix(test) + "l";
  }

  @AfterEach
  void close() {
    client.close();
  }

  private LockRequest request(long lease) {
    return LockRequest.newBuilder().setName(bytes(name)).setLease(lease).build();
  }

  private LockResponse lock(long lease) {
    return client.lock().lock(request(lease));
  }

  /** A call that waits, once its key is in the queue. */
  private Future<LockResponse> waiting(long lease) {
    Future<LockResponse> call = client.locking().lock(request(lease));
    client.awaitPresent(key(lease));
    return call;
  }

  private String key(long lease) {
    return name + "/" + Long.toString(lease, 16);
  }

  private UnlockResponse unlock(String key) {
    return client.lock().unlock(UnlockRequest.newBuilder().setKey(bytes(key)).build());
  }

  @Test
  void aFreeLockIsGrantedAtOnce() {
    long lease = client.grant();
    LockResponse locked = lock(lease);
    assertThat(locked.getKey().toStringUtf8()).isEqualTo(key(lease));
    KeyValue kv = client.present(key(lease));
    assertThat(kv.getCreateRevision()).isEqualTo(locked.getHeader().getRevision());
    assertThat(kv.getValue().isEmpty()).isTrue();
    assertThat(kv.getLease()).isEqualTo(lease);
  }

  @Test
  void lockingAgainWithTheSameLeaseAnswersTheCurrentRevisionAndWritesNothing() {
    long lease = client.grant();
    LockResponse first = lock(lease);
    client.put(name, "moves the revision");
    LockResponse again = lock(lease);
    assertThat(again.getKey()).isEqualTo(first.getKey());
    assertThat(again.getHeader().getRevision()).isGreaterThan(first.getHeader().getRevision());
    assertThat(client.present(key(lease)).getVersion()).isEqualTo(1);
  }

  @Test
  void theWaiterIsAnsweredWithTheRevisionOfTheUnlock() {
    long holder = client.grant();
    long waiter = client.grant();
    lock(holder);
    Future<LockResponse> waiting = waiting(waiter);
    long unlocked = unlock(key(holder)).getHeader().getRevision();
    LockResponse locked = answer(waiting);
    assertThat(locked.getKey().toStringUtf8()).isEqualTo(key(waiter));
    assertThat(locked.getHeader().getRevision()).isGreaterThanOrEqualTo(unlocked);
    assertThat(client.present(key(waiter)).getCreateRevision()).isLessThan(unlocked);
  }

  @Test
  void aKeyThatWasPutByHandIsTakenAsItIs() {
    long lease = client.grant();
    client.put(key(lease), "by hand");
    assertThat(lock(lease).getKey().toStringUtf8()).isEqualTo(key(lease));
    KeyValue kv = client.present(key(lease));
    assertThat(kv.getValue().toStringUtf8()).isEqualTo("by hand");
    assertThat(kv.getLease()).isZero();
  }

  @Test
  void anOlderKeyOfAnybodyBlocksTheLock() {
    client.put(name + "/other", "");
    Future<LockResponse> waiting = waiting(client.grant());
    unlock(name + "/other");
    answer(waiting);
  }

  @Test
  void aWaiterWhoseLeaseHasEndedLearnsOfItWhenItsTurnComes() {
    assumeFalse(ServerUnderTest.isReference34(), "3.4 does not look for the own key");
    long holder = client.grant();
    long waiter = client.grant();
    lock(holder);
    Future<LockResponse> waiting = waiting(waiter);
    client.revoke(waiter);
    assertThat(waiting).isNotDone();
    unlock(key(holder));
    assertUnknown(failure(waiting), "mutex: session is expired");
  }

  @Test
  void theEndOfTheHoldersLeaseGrantsTheLockToTheNext() {
    long holder = client.grant();
    lock(holder);
    Future<LockResponse> waiting = waiting(client.grant());
    client.revoke(holder);
    answer(waiting);
  }

  @Test
  void aDeletedKeyInTheMiddleLeavesTheOrderOfTheOthers() {
    assumeFalse(ServerUnderTest.isReference34(), "3.4 does not look for the own key");
    long holder = client.grant();
    long middle = client.grant();
    long last = client.grant();
    lock(holder);
    Future<LockResponse> inTheMiddle = waiting(middle);
    Future<LockResponse> behind = waiting(last);
    unlock(key(middle));
    assertThat(behind).isNotDone();
    unlock(key(holder));
    answer(behind);
    assertUnknown(failure(inTheMiddle), "mutex: session is expired");
  }

  @Test
  void aCallWhoseDeadlinePassesLeavesNoKey() {
    assumeFalse(ServerUnderTest.isReference34(), "3.4 answers UNKNOWN");
    long waiter = client.grant();
    lock(client.grant());
    Status status =
        failure(client.locking().withDeadlineAfter(1, TimeUnit.SECONDS).lock(request(waiter)));
    assertThat(status.getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
    client.awaitGone(key(waiter));
  }

  @Test
  void aCallThatIsCancelledLeavesNoKey() {
    long waiter = client.grant();
    lock(client.grant());
    Future<LockResponse> waiting = waiting(waiter);
    assertThat(waiting.cancel(true)).isTrue();
    client.awaitGone(key(waiter));
  }

  @Test
  void aConnectionThatBreaksLeavesNoKey() {
    long waiter = client.grant();
    lock(client.grant());
    try (GrpcClient other = new GrpcClient(server.endpoint())) {
      Future<LockResponse> waiting = other.locking().lock(request(waiter));
      client.awaitPresent(key(waiter));
      assertThat(waiting).isNotDone();
    }
    client.awaitGone(key(waiter));
  }

  @Test
  void withoutALeaseOneIsGrantedForSixtySeconds() {
    String key = lock(0).getKey().toStringUtf8();
    long lease = client.present(key).getLease();
    assertThat(key).isEqualTo(key(lease));
    assertThat(new Etcdctl(server.endpoint()).ok("lease", "timetolive", Long.toHexString(lease)))
        .contains(" granted with TTL(60s), ");
  }

  @Test
  void anUnknownLeaseIsRefused() {
    assertUnknown(failure(() -> lock(4242)), "etcdserver: requested lease not found");
    assertThat(client.get(key(4242))).isNull();
  }

  @Test
  void unlockDeletesWhateverItIsGiven() {
    client.put(name, "no lock");
    long unlocked = unlock(name).getHeader().getRevision();
    assertThat(client.get(name)).isNull();
    assertThat(unlock(name).getHeader().getRevision()).isGreaterThanOrEqualTo(unlocked);
    assertUnknown(failure(() -> unlock("")), "etcdserver: key is not provided");
  }

  @Test
  void aLeaseIsAFreshNumberForTheFenceAfterEachUnlock() {
    long lease = client.grant();
    lock(lease);
    long before = client.present(key(lease)).getCreateRevision();
    unlock(key(lease));
    lock(lease);
    assertThat(client.present(key(lease)).getCreateRevision()).isGreaterThan(before);
  }
}
