package io.kvorum.crash;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import io.kvorum.proto.etcdserverpb.CompactionRequest;
import io.kvorum.proto.etcdserverpb.Compare;
import io.kvorum.proto.etcdserverpb.DeleteRangeRequest;
import io.kvorum.proto.etcdserverpb.DeleteRangeResponse;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.LeaseGrantRequest;
import io.kvorum.proto.etcdserverpb.LeaseGrpc;
import io.kvorum.proto.etcdserverpb.LeaseLeasesRequest;
import io.kvorum.proto.etcdserverpb.LeaseRevokeRequest;
import io.kvorum.proto.etcdserverpb.LeaseStatus;
import io.kvorum.proto.etcdserverpb.LeaseTimeToLiveRequest;
import io.kvorum.proto.etcdserverpb.LeaseTimeToLiveResponse;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.proto.etcdserverpb.RangeResponse;
import io.kvorum.proto.etcdserverpb.RequestOp;
import io.kvorum.proto.etcdserverpb.TxnRequest;
import io.kvorum.proto.etcdserverpb.TxnResponse;
import io.kvorum.proto.etcdserverpb.WatchCreateRequest;
import io.kvorum.proto.etcdserverpb.WatchGrpc;
import io.kvorum.proto.etcdserverpb.WatchRequest;
import io.kvorum.proto.etcdserverpb.WatchResponse;
import io.kvorum.proto.mvccpb.Event;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A client that never repeats a write by itself. Thread-safe. */
final class Client implements AutoCloseable {

  /** No write was made, so there is no revision that belongs to it. */
  static final OptionalLong NOTHING_CHANGED = OptionalLong.empty();

  private static final long SECONDS_AT_MOST = 30;
  private static final ByteString ZERO = ByteString.copyFrom(new byte[1]);

  private final ManagedChannel channel;

  Client(URI endpoint) {
    channel =
        NettyChannelBuilder.forAddress(endpoint.getHost(), endpoint.getPort())
            .usePlaintext()
            .disableRetry()
            .maxInboundMessageSize(Integer.MAX_VALUE)
            .build();
  }

  private KVGrpc.KVBlockingStub kv() {
    return KVGrpc.newBlockingStub(channel).withDeadlineAfter(SECONDS_AT_MOST, TimeUnit.SECONDS);
  }

  private LeaseGrpc.LeaseBlockingStub leases() {
    return LeaseGrpc.newBlockingStub(channel).withDeadlineAfter(SECONDS_AT_MOST, TimeUnit.SECONDS);
  }

  /** Tries a write; the revision that the answer names, if the write changed a key. */
  OptionalLong perform(Write write) {
    if (write instanceof Write.Put put) {
      return OptionalLong.of(kv().put(request(put)).getHeader().getRevision());
    } else if (write instanceof Write.Txn txn) {
      return OptionalLong.of(kv().txn(request(txn)).getHeader().getRevision());
    } else if (write instanceof Write.PutIfUnchanged put) {
      TxnResponse answer = kv().txn(request(put));
      return answer.getSucceeded()
          ? OptionalLong.of(answer.getHeader().getRevision())
          : NOTHING_CHANGED;
    } else if (write instanceof Write.Delete delete) {
      DeleteRangeResponse answer = kv().deleteRange(request(delete));
      return answer.getDeleted() > 0
          ? OptionalLong.of(answer.getHeader().getRevision())
          : NOTHING_CHANGED;
    } else if (write instanceof Write.Grant grant) {
      leases()
          .leaseGrant(
              LeaseGrantRequest.newBuilder().setID(grant.lease()).setTTL(grant.seconds()).build());
      return NOTHING_CHANGED;
    } else if (write instanceof Write.Revoke revoke) {
      LeaseRevokeRequest request = LeaseRevokeRequest.newBuilder().setID(revoke.lease()).build();
      return OptionalLong.of(leases().leaseRevoke(request).getHeader().getRevision());
    } else if (write instanceof Write.Compact compact) {
      kv().compact(CompactionRequest.newBuilder().setRevision(compact.revision()).build());
      return NOTHING_CHANGED;
    }
    throw new IllegalArgumentException("no such write: " + write);
  }

  private static PutRequest request(Write.Put put) {
    return PutRequest.newBuilder()
        .setKey(bytes(put.key()))
        .setValue(bytes(put.value()))
        .setLease(put.lease())
        .build();
  }

  private static TxnRequest request(Write.Txn txn) {
    return TxnRequest.newBuilder()
        .addSuccess(RequestOp.newBuilder().setRequestPut(request(txn.first())))
        .addSuccess(RequestOp.newBuilder().setRequestPut(request(txn.second())))
        .addSuccess(
            RequestOp.newBuilder()
                .setRequestDeleteRange(
                    DeleteRangeRequest.newBuilder().setKey(bytes(txn.deleted()))))
        .build();
  }

  private static TxnRequest request(Write.PutIfUnchanged put) {
    return TxnRequest.newBuilder()
        .addCompare(
            Compare.newBuilder()
                .setKey(bytes(put.key()))
                .setTarget(Compare.CompareTarget.MOD)
                .setModRevision(put.modRevision()))
        .addSuccess(
            RequestOp.newBuilder()
                .setRequestPut(
                    PutRequest.newBuilder().setKey(bytes(put.key())).setValue(bytes(put.value()))))
        .build();
  }

  private static DeleteRangeRequest request(Write.Delete delete) {
    DeleteRangeRequest.Builder request =
        DeleteRangeRequest.newBuilder().setKey(bytes(delete.from()));
    delete.to().ifPresent(to -> request.setRangeEnd(bytes(to)));
    return request.build();
  }

  /** Everything that was there at a revision, 0 for now. */
  RangeResponse everythingAt(long revision) {
    return kv().range(
            RangeRequest.newBuilder().setKey(ZERO).setRangeEnd(ZERO).setRevision(revision).build());
  }

  long modRevision(String key) {
    RangeResponse answer = kv().range(RangeRequest.newBuilder().setKey(bytes(key)).build());
    return answer.getKvsCount() == 0 ? 0 : answer.getKvs(0).getModRevision();
  }

  List<Long> leaseIds() {
    return leases().leaseLeases(LeaseLeasesRequest.getDefaultInstance()).getLeasesList().stream()
        .map(LeaseStatus::getID)
        .toList();
  }

  LeaseTimeToLiveResponse timeToLive(long lease) {
    return leases()
        .leaseTimeToLive(LeaseTimeToLiveRequest.newBuilder().setID(lease).setKeys(true).build());
  }

  /** All events from one revision to another, as a watcher gets them that resumes there. */
  List<Event> events(long from, long to) throws InterruptedException {
    List<Event> events = new ArrayList<>();
    BlockingQueue<WatchResponse> answers = new LinkedBlockingQueue<>();
    StreamObserver<WatchRequest> stream = watch(from, answers);
    long last = 0;
    while (last < to) {
      WatchResponse answer = answers.poll(SECONDS_AT_MOST, TimeUnit.SECONDS);
      if (answer == null || answer.getCanceled()) {
        throw new AssertionError(
            "watching from " + from + " stopped at " + last + " of " + to + ": " + answer);
      }
      events.addAll(answer.getEventsList());
      if (!events.isEmpty()) {
        last = events.get(events.size() - 1).getKv().getModRevision();
      }
    }
    stream.onCompleted();
    return events;
  }

  /** The revision that the server was compacted to, 0 for never, as a late watcher learns it. */
  long compactedRevision() throws InterruptedException {
    BlockingQueue<WatchResponse> answers = new LinkedBlockingQueue<>();
    StreamObserver<WatchRequest> stream = watch(1, answers);
    WatchResponse answer;
    do {
      answer = answers.poll(SECONDS_AT_MOST, TimeUnit.SECONDS);
    } while (answer != null && answer.getCreated() && !answer.getCanceled());
    stream.onCompleted();
    if (answer == null) {
      throw new AssertionError("a watch from revision 1 brought nothing");
    }
    return answer.getCompactRevision();
  }

  private StreamObserver<WatchRequest> watch(long from, BlockingQueue<WatchResponse> answers) {
    StreamObserver<WatchRequest> stream =
        WatchGrpc.newStub(channel)
            .watch(
                new StreamObserver<>() {
                  @Override
                  public void onNext(WatchResponse answer) {
                    answers.add(answer);
                  }

                  @Override
                  public void onError(Throwable error) {
                    answers.add(
                        WatchResponse.newBuilder()
                            .setCanceled(true)
                            .setCancelReason(error.toString())
                            .build());
                  }

                  @Override
                  public void onCompleted() {}
                });
    stream.onNext(
        WatchRequest.newBuilder()
            .setCreateRequest(
                WatchCreateRequest.newBuilder()
                    .setKey(ZERO)
                    .setRangeEnd(ZERO)
                    .setStartRevision(from))
            .build());
    return stream;
  }

  /** True if the failure is what a client of a killed server may see. */
  static boolean leavesOpen(StatusRuntimeException failure) {
    return switch (failure.getStatus().getCode()) {
      case UNAVAILABLE, CANCELLED, DEADLINE_EXCEEDED, UNKNOWN -> true;
      default -> false;
    };
  }

  private static ByteString bytes(String text) {
    return ByteString.copyFromUtf8(text);
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
