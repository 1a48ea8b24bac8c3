package io.kvorum.crash;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import io.kvorum.proto.etcdserverpb.ClusterGrpc;
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
import io.kvorum.proto.etcdserverpb.MaintenanceGrpc;
import io.kvorum.proto.etcdserverpb.Member;
import io.kvorum.proto.etcdserverpb.MemberListRequest;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.proto.etcdserverpb.RangeResponse;
import io.kvorum.proto.etcdserverpb.RequestOp;
import io.kvorum.proto.etcdserverpb.ResponseHeader;
import io.kvorum.proto.etcdserverpb.StatusRequest;
import io.kvorum.proto.etcdserverpb.StatusResponse;
import io.kvorum.proto.etcdserverpb.TxnRequest;
import io.kvorum.proto.etcdserverpb.TxnResponse;
import io.kvorum.proto.etcdserverpb.WatchCreateRequest;
import io.kvorum.proto.etcdserverpb.WatchGrpc;
import io.kvorum.proto.etcdserverpb.WatchRequest;
import io.kvorum.proto.etcdserverpb.WatchResponse;
import io.kvorum.proto.mvccpb.Event;
import io.kvorum.testing.Channels;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A client that never repeats a write by itself. Thread-safe. */
final class Client implements AutoCloseable {

  /**
   * What a write was answered.
   *
   * @param revision of the answer's header
   * @param changed false if no key was touched; a revoked lease may have had no keys all the same
   */
  record Answer(long revision, boolean changed) {

    /** The revision that the write made, 0 if it made none. */
    long madeRevision() {
      return changed ? revision : 0;
    }
  }

  private static final Duration USUAL_PATIENCE = Duration.ofSeconds(30);
  private static final ByteString ZERO = ByteString.copyFrom(new byte[1]);

  private final ManagedChannel channel;
  private final Duration patience;

  Client(URI endpoint) {
    this(endpoint, USUAL_PATIENCE);
  }

  /** A client that waits so long for an answer. */
  Client(URI endpoint, Duration patience) {
    this.patience = patience;
    this.channel = Channels.to(endpoint);
  }

  private KVGrpc.KVBlockingStub kv() {
    return KVGrpc.newBlockingStub(channel)
        .withDeadlineAfter(patience.toMillis(), TimeUnit.MILLISECONDS);
  }

  private MaintenanceGrpc.MaintenanceBlockingStub maintenance() {
    return MaintenanceGrpc.newBlockingStub(channel)
        .withDeadlineAfter(patience.toMillis(), TimeUnit.MILLISECONDS);
  }

  private LeaseGrpc.LeaseBlockingStub leases() {
    return LeaseGrpc.newBlockingStub(channel)
        .withDeadlineAfter(patience.toMillis(), TimeUnit.MILLISECONDS);
  }

  /**
   * Tries a write, once.
   *
   * @throws StatusRuntimeException if there was no answer, or an error; see {@link #leavesOpen}
   */
  Answer perform(Write write) {
    if (write instanceof Write.Put put) {
      return changed(kv().put(request(put)).getHeader());
    } else if (write instanceof Write.Txn txn) {
      return changed(kv().txn(request(txn)).getHeader());
    } else if (write instanceof Write.PutIfUnchanged put) {
      TxnResponse answer = kv().txn(request(put));
      return new Answer(answer.getHeader().getRevision(), answer.getSucceeded());
    } else if (write instanceof Write.Delete delete) {
      DeleteRangeResponse answer = kv().deleteRange(request(delete));
      return new Answer(answer.getHeader().getRevision(), answer.getDeleted() > 0);
    } else if (write instanceof Write.Grant grant) {
      return unchanged(
          leases()
              .leaseGrant(
                  LeaseGrantRequest.newBuilder()
                      .setID(grant.lease())
                      .setTTL(grant.seconds())
                      .build())
              .getHeader());
    } else if (write instanceof Write.Revoke revoke) {
      LeaseRevokeRequest request = LeaseRevokeRequest.newBuilder().setID(revoke.lease()).build();
      return changed(leases().leaseRevoke(request).getHeader());
    } else if (write instanceof Write.Compact compact) {
      return unchanged(
          kv().compact(CompactionRequest.newBuilder().setRevision(compact.revision()).build())
              .getHeader());
    }
    throw new IllegalArgumentException("no such write: " + write);
  }

  private static Answer changed(ResponseHeader header) {
    return new Answer(header.getRevision(), true);
  }

  private static Answer unchanged(ResponseHeader header) {
    return new Answer(header.getRevision(), false);
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
    return kv().range(everything().setRevision(revision).build());
  }

  /** Everything that is there as far as the asked member knows. */
  RangeResponse everythingHere() {
    return kv().range(everything().setSerializable(true).build());
  }

  private static RangeRequest.Builder everything() {
    return RangeRequest.newBuilder().setKey(ZERO).setRangeEnd(ZERO);
  }

  /** The key as it is now, or as far as the asked member knows. */
  RangeResponse get(String key, boolean serializable) {
    return kv().range(
            RangeRequest.newBuilder().setKey(bytes(key)).setSerializable(serializable).build());
  }

  long modRevision(String key) {
    RangeResponse answer = get(key, false);
    return answer.getKvsCount() == 0 ? 0 : answer.getKvs(0).getModRevision();
  }

  StatusResponse status() {
    return maintenance().status(StatusRequest.getDefaultInstance());
  }

  /** The members as the asked one knows them. */
  List<Member> members() {
    return ClusterGrpc.newBlockingStub(channel)
        .withDeadlineAfter(patience.toMillis(), TimeUnit.MILLISECONDS)
        .memberList(MemberListRequest.getDefaultInstance())
        .getMembersList();
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
      WatchResponse answer = answers.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
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
      answer = answers.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
    } while (answer != null && answer.getCreated() && !answer.getCanceled());
    stream.onCompleted();
    if (answer == null) {
      throw new AssertionError("a watch from revision 1 brought nothing");
    }
    return answer.getCompactRevision();
  }

  /** Watches everything; the end of the stream is an answer that says it is cancelled. */
  StreamObserver<WatchRequest> watch(long from, BlockingQueue<WatchResponse> answers) {
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
                  public void onCompleted() {
                    answers.add(
                        WatchResponse.newBuilder()
                            .setCanceled(true)
                            .setCancelReason("the server has closed the stream")
                            .build());
                  }
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
