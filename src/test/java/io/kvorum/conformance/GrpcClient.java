package io.kvorum.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.LeaseGrantRequest;
import io.kvorum.proto.etcdserverpb.LeaseGrpc;
import io.kvorum.proto.etcdserverpb.LeaseRevokeRequest;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.proto.mvccpb.KeyValue;
import io.kvorum.proto.v3electionpb.ElectionGrpc;
import io.kvorum.proto.v3lockpb.LockGrpc;
import io.kvorum.testing.Await;
import io.kvorum.testing.Channels;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A client with one connection that calls the generated stubs. Confined to one thread. */
final class GrpcClient implements AutoCloseable {
  static final Duration AT_MOST = Duration.ofSeconds(20);

  /** How soon the key of a call that has ended is gone: etcd needed at most 0.7 s. */
  private static final Duration GONE_AT_MOST = Duration.ofSeconds(5);

  private final ManagedChannel channel;

  GrpcClient(URI endpoint) {
    channel = Channels.to(endpoint);
  }

  static ByteString bytes(String text) {
    return ByteString.copyFromUtf8(text);
  }

  LockGrpc.LockBlockingStub lock() {
    return LockGrpc.newBlockingStub(channel)
        .withDeadlineAfter(AT_MOST.toMillis(), TimeUnit.MILLISECONDS);
  }

  LockGrpc.LockFutureStub locking() {
    return LockGrpc.newFutureStub(channel);
  }

  ElectionGrpc.ElectionBlockingStub election() {
    return ElectionGrpc.newBlockingStub(channel)
        .withDeadlineAfter(AT_MOST.toMillis(), TimeUnit.MILLISECONDS);
  }

  ElectionGrpc.ElectionFutureStub campaigning() {
    return ElectionGrpc.newFutureStub(channel);
  }

  private KVGrpc.KVBlockingStub kv() {
    return KVGrpc.newBlockingStub(channel)
        .withDeadlineAfter(AT_MOST.toMillis(), TimeUnit.MILLISECONDS);
  }

  private LeaseGrpc.LeaseBlockingStub lease() {
    return LeaseGrpc.newBlockingStub(channel)
        .withDeadlineAfter(AT_MOST.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Grants a lease that outlives the test. */
  long grant() {
    return lease().leaseGrant(LeaseGrantRequest.newBuilder().setTTL(300).build()).getID();
  }

  void revoke(long lease) {
    var revoked = lease().leaseRevoke(LeaseRevokeRequest.newBuilder().setID(lease).build());
    assertThat(revoked.hasHeader()).isTrue();
  }

  void put(String key, String value) {
    var put = kv().put(PutRequest.newBuilder().setKey(bytes(key)).setValue(bytes(value)).build());
    assertThat(put.hasHeader()).isTrue();
  }

  @Nullable KeyValue get(String key) {
    List<KeyValue> kvs =
        kv().range(RangeRequest.newBuilder().setKey(bytes(key)).build()).getKvsList();
    return kvs.isEmpty() ? null : kvs.get(0);
  }

  /** The key, which must be there. */
  KeyValue present(String key) {
    KeyValue kv = get(key);
    assertThat(kv).as(key).isNotNull();
    return kv;
  }

  void awaitPresent(String key) {
    Await.until(key + " is there", AT_MOST, () -> get(key) != null);
  }

  void awaitGone(String key) {
    Await.until(key + " is gone", GONE_AT_MOST, () -> get(key) == null);
  }

  long revision() {
    return kv().range(RangeRequest.newBuilder().setKey(bytes("none")).build())
        .getHeader()
        .getRevision();
  }

  /** The answer, which must come in time. */
  static <T> T answer(Future<T> call) {
    try {
      return call.get(AT_MOST.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    } catch (ExecutionException | TimeoutException e) {
      throw new AssertionError("no answer: " + e, e);
    }
  }

  /** The status of a call that must fail. */
  static Status failure(Supplier<?> call) {
    StatusRuntimeException failure = catchThrowableOfType(StatusRuntimeException.class, call::get);
    assertThat(failure).as("it should have failed").isNotNull();
    return failure.getStatus();
  }

  /** The status of a call that must fail in time. */
  static Status failure(Future<?> call) {
    ExecutionException failure =
        catchThrowableOfType(
            ExecutionException.class, () -> call.get(AT_MOST.toSeconds(), TimeUnit.SECONDS));
    assertThat(failure).as("it should have failed").isNotNull();
    return Status.fromThrowable(failure);
  }

  /** That of an error that has lost its code on its way through etcd's own client. */
  static void assertUnknown(Status status, String text) {
    assertThat(status.getDescription()).isEqualTo(text);
    assertThat(status.getCode()).isEqualTo(Status.Code.UNKNOWN);
  }

  /** Cuts the connection, with all calls on it. */
  @Override
  public void close() {
    channel.shutdownNow();
  }
}
