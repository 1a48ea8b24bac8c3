package io.kvorum.cluster;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.kvorum.proto.etcdserverpb.Compare;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.LeaseGrantRequest;
import io.kvorum.proto.etcdserverpb.LeaseGrpc;
import io.kvorum.proto.etcdserverpb.LeaseRevokeRequest;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.proto.etcdserverpb.RequestOp;
import io.kvorum.proto.etcdserverpb.TxnRequest;
import io.kvorum.proto.etcdserverpb.TxnResponse;
import io.kvorum.proto.mvccpb.KeyValue;
import io.kvorum.proto.v3lockpb.LockGrpc;
import io.kvorum.proto.v3lockpb.LockRequest;
import io.kvorum.proto.v3lockpb.UnlockRequest;
import io.kvorum.testing.Await;
import io.kvorum.testing.Channels;
import io.kvorum.testing.Pause;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Contends for one lock on a thread of its own: locks, counts, unlocks. After a failure it goes to
 * the next member and repeats the call with its lease, as clients do.
 *
 * <p>Each write of the counter is guarded by the create revision of the key of the lock, and finds
 * out which key is the oldest: it must be this one, or somebody has been granted the lock too
 * early.
 */
final class Contender {
  private static final ByteString LOCK = ByteString.copyFromUtf8("contended");
  private static final ByteString QUEUE = ByteString.copyFromUtf8("contended/");
  private static final ByteString QUEUE_END = ByteString.copyFromUtf8("contended0");
  private static final ByteString COUNTER = ByteString.copyFromUtf8("counter");
  private static final long LEASE_SECONDS = 600;
  private static final long CALL_SECONDS = 10;
  private static final long LOCK_SECONDS = 20;

  private final List<ManagedChannel> channels;
  private final LockedCounter counter;
  private final Thread thread;
  private int member;
  private long lease;
  private volatile boolean isStopped;
  private volatile long turns;
  private volatile @Nullable Throwable failure;

  Contender(int number, List<URI> members, LockedCounter counter) {
    this.channels = members.stream().map(Channels::to).toList();
    this.counter = counter;
    this.member = number % channels.size();
    this.thread = new Thread(this::run, "contender-" + number);
  }

  void start() {
    thread.start();
  }

  /** Waits until it has held the lock once more. */
  void awaitAnotherTurn(Duration atMost) {
    long before = turns;
    Await.until(
        thread.getName() + " has the lock", atMost, () -> turns > before || !thread.isAlive());
  }

  /** Stops it after its present turn, and waits for that. */
  void stop() {
    isStopped = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  void throwFailure() {
    if (failure != null) {
      throw new AssertionError(thread.getName(), failure);
    }
  }

  private void run() {
    try {
      while (!isStopped) {
        try {
          takeTurn();
        } catch (StatusRuntimeException unavailable) {
          nextMember();
        }
      }
      leave();
    } catch (RuntimeException | AssertionError e) {
      failure = e;
    }
  }

  private void nextMember() {
    member = (member + 1) % channels.size();
    Pause.of(50);
  }

  private void takeTurn() {
    if (lease == 0) {
      lease =
          within(LeaseGrpc.newBlockingStub(channel()), CALL_SECONDS)
              .leaseGrant(LeaseGrantRequest.newBuilder().setTTL(LEASE_SECONDS).build())
              .getID();
    }
    ByteString key =
        within(LockGrpc.newBlockingStub(channel()), LOCK_SECONDS)
            .lock(LockRequest.newBuilder().setName(LOCK).setLease(lease).build())
            .getKey();
    List<KeyValue> kvs = range(RangeRequest.newBuilder().setKey(key));
    if (kvs.isEmpty()) {
      // An earlier call, whose member was killed or cut off, has been cleaned up only now.
      counter.wasFenced();
      return;
    }
    count(key, kvs.get(0).getCreateRevision());
    turns++;
    unlock(key);
  }

  private void count(ByteString key, long fence) {
    long value = readCounter();
    TxnRequest write =
        TxnRequest.newBuilder()
            .addCompare(
                Compare.newBuilder()
                    .setKey(key)
                    .setTarget(Compare.CompareTarget.CREATE)
                    .setResult(Compare.CompareResult.EQUAL)
                    .setCreateRevision(fence))
            .addSuccess(
                RequestOp.newBuilder()
                    .setRequestPut(
                        PutRequest.newBuilder()
                            .setKey(COUNTER)
                            .setValue(ByteString.copyFromUtf8(Long.toString(value + 1)))))
            .addSuccess(RequestOp.newBuilder().setRequestRange(oldest()))
            .build();
    TxnResponse answer;
    try {
      answer = within(KVGrpc.newBlockingStub(channel()), CALL_SECONDS).txn(write);
    } catch (StatusRuntimeException lost) {
      counter.mayHaveWritten();
      throw lost;
    }
    if (!answer.getSucceeded()) {
      counter.wasFenced();
      return;
    }
    counter.wrote();
    ByteString holder = answer.getResponses(1).getResponseRange().getKvs(0).getKey();
    if (!holder.equals(key)) {
      throw new AssertionError(
          "granted to " + key.toStringUtf8() + " behind " + holder.toStringUtf8());
    }
  }

  private static RangeRequest.Builder oldest() {
    return RangeRequest.newBuilder()
        .setKey(QUEUE)
        .setRangeEnd(QUEUE_END)
        .setSortTarget(RangeRequest.SortTarget.CREATE)
        .setSortOrder(RangeRequest.SortOrder.ASCEND)
        .setLimit(1);
  }

  /** Until it is known to be unlocked: the others wait. */
  private void unlock(ByteString key) {
    while (true) {
      try {
        var unlocked =
            within(LockGrpc.newBlockingStub(channel()), CALL_SECONDS)
                .unlock(UnlockRequest.newBuilder().setKey(key).build());
        if (unlocked.hasHeader()) {
          return;
        }
      } catch (StatusRuntimeException unavailable) {
        nextMember();
      }
    }
  }

  private void leave() {
    while (lease != 0) {
      try {
        var revoked =
            within(LeaseGrpc.newBlockingStub(channel()), CALL_SECONDS)
                .leaseRevoke(LeaseRevokeRequest.newBuilder().setID(lease).build());
        if (revoked.hasHeader()) {
          lease = 0;
        }
      } catch (StatusRuntimeException unavailable) {
        if (unavailable.getStatus().getCode() == io.grpc.Status.Code.NOT_FOUND) {
          lease = 0;
        }
        nextMember();
      }
    }
  }

  long readCounter() {
    List<KeyValue> kvs = range(RangeRequest.newBuilder().setKey(COUNTER));
    return kvs.isEmpty() ? 0 : Long.parseLong(kvs.get(0).getValue().toStringUtf8());
  }

  /** The keys in the queue. */
  List<KeyValue> queue() {
    return range(RangeRequest.newBuilder().setKey(QUEUE).setRangeEnd(QUEUE_END));
  }

  private List<KeyValue> range(RangeRequest.Builder request) {
    return within(KVGrpc.newBlockingStub(channel()), CALL_SECONDS)
        .range(request.build())
        .getKvsList();
  }

  private ManagedChannel channel() {
    return channels.get(member);
  }

  private static <S extends io.grpc.stub.AbstractStub<S>> S within(S stub, long seconds) {
    return stub.withDeadlineAfter(seconds, TimeUnit.SECONDS);
  }
}
