package io.kvorum.ctl;

import com.google.protobuf.ByteString;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.kvorum.proto.etcdserverpb.AlarmMember;
import io.kvorum.proto.etcdserverpb.AlarmRequest;
import io.kvorum.proto.etcdserverpb.AlarmResponse;
import io.kvorum.proto.etcdserverpb.AuthGrpc;
import io.kvorum.proto.etcdserverpb.AuthenticateRequest;
import io.kvorum.proto.etcdserverpb.AuthenticateResponse;
import io.kvorum.proto.etcdserverpb.ClusterGrpc;
import io.kvorum.proto.etcdserverpb.DefragmentRequest;
import io.kvorum.proto.etcdserverpb.DefragmentResponse;
import io.kvorum.proto.etcdserverpb.DowngradeRequest;
import io.kvorum.proto.etcdserverpb.DowngradeResponse;
import io.kvorum.proto.etcdserverpb.HashKVRequest;
import io.kvorum.proto.etcdserverpb.HashKVResponse;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.LeaseGrpc;
import io.kvorum.proto.etcdserverpb.LeaseLeasesRequest;
import io.kvorum.proto.etcdserverpb.LeaseLeasesResponse;
import io.kvorum.proto.etcdserverpb.LeaseStatus;
import io.kvorum.proto.etcdserverpb.LeaseTimeToLiveRequest;
import io.kvorum.proto.etcdserverpb.LeaseTimeToLiveResponse;
import io.kvorum.proto.etcdserverpb.MaintenanceGrpc;
import io.kvorum.proto.etcdserverpb.Member;
import io.kvorum.proto.etcdserverpb.MemberListRequest;
import io.kvorum.proto.etcdserverpb.MemberListResponse;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.proto.etcdserverpb.RangeResponse;
import io.kvorum.proto.etcdserverpb.ResponseHeader;
import io.kvorum.proto.etcdserverpb.SnapshotRequest;
import io.kvorum.proto.etcdserverpb.SnapshotResponse;
import io.kvorum.proto.etcdserverpb.StatusRequest;
import io.kvorum.proto.etcdserverpb.StatusResponse;
import io.kvorum.proto.etcdserverpb.WatchCreateRequest;
import io.kvorum.proto.etcdserverpb.WatchGrpc;
import io.kvorum.proto.etcdserverpb.WatchRequest;
import io.kvorum.proto.etcdserverpb.WatchResponse;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Answers calls as a test says, to see what the tool makes of the answers: no server, and not
 * consistent with itself. Thread-safe.
 */
public final class StubMember implements AutoCloseable {
  private static final Metadata.Key<String> TOKEN =
      Metadata.Key.of("token", Metadata.ASCII_STRING_MARSHALLER);

  private final Server server;

  /** What it answers. */
  public volatile RangeResponse range = RangeResponse.getDefaultInstance();

  public volatile StatusResponse status = StatusResponse.getDefaultInstance();
  public volatile HashKVResponse hash = HashKVResponse.getDefaultInstance();
  public volatile List<String> clientUrls = List.of();
  public volatile List<SnapshotResponse> snapshot = List.of();

  /** If it is set, the answer to everything. */
  public volatile @Nullable Status failure;

  /** If it is set, the answer to a read of keys. */
  public volatile @Nullable Status rangeFailure;

  /** If it is set, the answer to Authenticate. */
  public volatile @Nullable Status authFailure;

  /** What the next watches show, and how they end. */
  public final Queue<WatchScript> watchScripts = new ConcurrentLinkedQueue<>();

  public final List<WatchCreateRequest> watches = new CopyOnWriteArrayList<>();
  public final List<AlarmMember> alarms = new CopyOnWriteArrayList<>();
  public final List<DowngradeRequest> downgrades = new CopyOnWriteArrayList<>();
  public final List<String> tokens = new CopyOnWriteArrayList<>();
  public final List<MemberListRequest> memberLists = new CopyOnWriteArrayList<>();

  public StubMember() throws IOException {
    this(null);
  }

  /**
   * @param tls what it secures connections with
   */
  public StubMember(@Nullable SslContext tls) throws IOException {
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
            .directExecutor()
            .addService(new Keys())
            .addService(new Maintenance())
            .addService(new Cluster())
            .addService(new Auth())
            .addService(new Watch())
            .addService(new Lease())
            .intercept(new Tokens());
    server = (tls == null ? builder : builder.sslContext(tls)).build().start();
  }

  public String endpoint() {
    return "127.0.0.1:" + server.getPort();
  }

  private <T> void answer(StreamObserver<T> observer, T answer) {
    answer(observer, failure, answer);
  }

  private static <T> void answer(StreamObserver<T> observer, @Nullable Status failure, T answer) {
    if (failure != null) {
      observer.onError(failure.asException());
    } else {
      observer.onNext(answer);
      observer.onCompleted();
    }
  }

  private final class Tokens implements ServerInterceptor {
    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
      String token = headers.get(TOKEN);
      if (token != null) {
        tokens.add(token);
      }
      return next.startCall(call, headers);
    }
  }

  private final class Keys extends KVGrpc.KVImplBase {
    @Override
    public void range(RangeRequest request, StreamObserver<RangeResponse> observer) {
      answer(observer, rangeFailure == null ? failure : rangeFailure, range);
    }
  }

  private final class Maintenance extends MaintenanceGrpc.MaintenanceImplBase {
    @Override
    public void status(StatusRequest request, StreamObserver<StatusResponse> observer) {
      answer(observer, status);
    }

    @Override
    public void hashKV(HashKVRequest request, StreamObserver<HashKVResponse> observer) {
      answer(observer, hash.toBuilder().setHashRevision(request.getRevision()).build());
    }

    @Override
    public void defragment(DefragmentRequest request, StreamObserver<DefragmentResponse> observer) {
      answer(observer, DefragmentResponse.getDefaultInstance());
    }

    @Override
    public void downgrade(DowngradeRequest request, StreamObserver<DowngradeResponse> observer) {
      downgrades.add(request);
      answer(
          observer,
          DowngradeResponse.newBuilder()
              .setHeader(ResponseHeader.newBuilder().setRevision(7))
              .setVersion("3.7.0")
              .build());
    }

    @Override
    public void alarm(AlarmRequest request, StreamObserver<AlarmResponse> observer) {
      AlarmResponse.Builder response =
          AlarmResponse.newBuilder().setHeader(ResponseHeader.newBuilder().setRevision(7));
      if (request.getAction() == AlarmRequest.AlarmAction.GET) {
        response.addAllAlarms(alarms);
      } else {
        AlarmMember member =
            AlarmMember.newBuilder()
                .setMemberID(request.getMemberID())
                .setAlarmValue(request.getAlarmValue())
                .build();
        if (alarms.remove(member)) {
          response.addAlarms(member);
        }
      }
      answer(observer, response.build());
    }

    @Override
    public void snapshot(SnapshotRequest request, StreamObserver<SnapshotResponse> observer) {
      snapshot.forEach(observer::onNext);
      if (failure != null) {
        observer.onError(failure.asException());
      } else {
        observer.onCompleted();
      }
    }
  }

  private final class Cluster extends ClusterGrpc.ClusterImplBase {
    @Override
    public void memberList(MemberListRequest request, StreamObserver<MemberListResponse> observer) {
      memberLists.add(request);
      answer(
          observer,
          MemberListResponse.newBuilder()
              .addMembers(Member.newBuilder().setID(1).setName("m").addAllClientURLs(clientUrls))
              .build());
    }
  }

  /**
   * One watch.
   *
   * @param breaks whether the connection breaks after the answers
   */
  public record WatchScript(boolean breaks, WatchResponse... answers) {}

  private final class Watch extends WatchGrpc.WatchImplBase {
    @Override
    public StreamObserver<WatchRequest> watch(StreamObserver<WatchResponse> observer) {
      return new StreamObserver<>() {
        @Override
        public void onNext(WatchRequest request) {
          watches.add(request.getCreateRequest());
          WatchScript script = watchScripts.remove();
          for (WatchResponse answer : script.answers()) {
            observer.onNext(answer);
          }
          if (script.breaks()) {
            observer.onError(Status.UNAVAILABLE.withDescription("broken").asException());
          }
        }

        @Override
        public void onError(Throwable cancelled) {}

        @Override
        public void onCompleted() {
          observer.onCompleted();
        }
      };
    }
  }

  private final class Lease extends LeaseGrpc.LeaseImplBase {
    @Override
    public void leaseLeases(
        LeaseLeasesRequest request, StreamObserver<LeaseLeasesResponse> observer) {
      answer(
          observer,
          LeaseLeasesResponse.newBuilder()
              .addLeases(LeaseStatus.newBuilder().setID(77))
              .addLeases(LeaseStatus.newBuilder().setID(78))
              .build());
    }

    /** The second one ends between the two calls. */
    @Override
    public void leaseTimeToLive(
        LeaseTimeToLiveRequest request, StreamObserver<LeaseTimeToLiveResponse> observer) {
      answer(
          observer,
          LeaseTimeToLiveResponse.newBuilder()
              .setID(request.getID())
              .setTTL(request.getID() == 77 ? 500 : -1)
              .setGrantedTTL(600)
              .build());
    }
  }

  private final class Auth extends AuthGrpc.AuthImplBase {
    @Override
    public void authenticate(
        AuthenticateRequest request, StreamObserver<AuthenticateResponse> observer) {
      answer(
          observer,
          authFailure,
          AuthenticateResponse.newBuilder()
              .setToken(request.getName() + "/" + request.getPassword())
              .build());
    }
  }

  /** A message of a snapshot. */
  static SnapshotResponse piece(byte[] blob, long remaining, String version) {
    return SnapshotResponse.newBuilder()
        .setBlob(ByteString.copyFrom(blob))
        .setRemainingBytes(remaining)
        .setVersion(version)
        .build();
  }

  @Override
  public void close() {
    server.shutdownNow();
  }
}
