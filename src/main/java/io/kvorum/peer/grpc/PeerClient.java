package io.kvorum.peer.grpc;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.kvorum.model.ClusterMember;
import io.kvorum.mvcc.SnapshotStaging;
import io.kvorum.peer.ClusterDescription;
import io.kvorum.peer.PeerIdentity;
import io.kvorum.peer.PeerSettings;
import io.kvorum.peer.StagingArea;
import io.kvorum.peer.grpc.link.LinkContext;
import io.kvorum.peer.grpc.link.PeerAddress;
import io.kvorum.peer.grpc.link.PeerSockets;
import io.kvorum.peer.grpc.link.StatusText;
import io.kvorum.peer.grpc.snapshot.SnapshotReceiver;
import io.kvorum.peer.grpc.snapshot.TransferMeter;
import io.kvorum.peer.grpc.wire.MemberRecords;
import io.kvorum.proto.peer.DescribeRequest;
import io.kvorum.proto.peer.PeerGrpc;
import io.kvorum.tls.PeerTls;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Sends the requests of a member that has no transport yet: for a description of the cluster, and
 * for a snapshot to start from. Thread-safe; every call blocks.
 *
 * <p>Held by: RemoteLeaderTest, PeerSnapshotTransferTest.
 */
public final class PeerClient implements AutoCloseable {
  private static final LinkContext.Events NO_EVENTS =
      new LinkContext.Events() {
        @Override
        public void connected(long memberId) {}

        @Override
        public void disconnected(long memberId) {}

        @Override
        public void removed(String reason) {}
      };

  private final PeerSettings settings;
  private final Random random;
  private final PeerSockets sockets;
  private final ExecutorService workers = PeerSockets.newWorkers("join");

  /**
   * @param tls is the caller's to close, after this
   */
  public PeerClient(PeerSettings settings, PeerTls tls, Random random) {
    this.settings = settings;
    this.random = random;
    this.sockets = new PeerSockets(settings, tls, 1);
  }

  /**
   * Requests a description of the cluster from the member at a peer URL, which answers any caller.
   *
   * @throws IOException if there is no answer in that time; the message has the URL and the reason
   */
  public ClusterDescription describe(String url, Duration timeout) throws IOException {
    PeerAddress address = PeerAddress.parse(url);
    ManagedChannel channel =
        sockets.newChannel(sockets.route(address, address.resolve(0)), sockets.nextLoop());
    try {
      return MemberRecords.decode(
          ClientCalls.blockingUnaryCall(
              channel,
              PeerGrpc.getDescribeMethod(),
              CallOptions.DEFAULT.withDeadlineAfter(timeout.toNanos(), TimeUnit.NANOSECONDS),
              DescribeRequest.getDefaultInstance()));
    } catch (StatusRuntimeException failure) {
      throw new IOException(url + ": " + StatusText.of(failure.getStatus()), failure);
    } finally {
      channel.shutdownNow();
    }
  }

  /**
   * Receives a snapshot from one of those members: tries one after the other, resumes where the
   * last attempt broke, and leaves a complete snapshot that has yet to be put to use.
   *
   * @param joiner this member, which must be in the cluster's table
   * @param giveUpAfter how long attempts may fail without any progress
   * @throws IOException if no attempt succeeds
   */
  public SnapshotStaging receiveSnapshot(
      PeerIdentity joiner,
      List<ClusterMember> members,
      long atLeastIndex,
      StagingArea staging,
      Duration giveUpAfter)
      throws IOException, InterruptedException {
    List<SnapshotReceiver.Source> sources =
        members.stream()
            .filter(member -> member.id() != joiner.memberId())
            .flatMap(
                member ->
                    member.peerUrls().stream()
                        .map(url -> new SnapshotReceiver.Source(member.id(), url)))
            .toList();
    LinkContext context =
        new LinkContext(
            sockets,
            settings,
            joiner,
            id -> nameOf(id, members),
            List::of,
            random,
            workers,
            PeerAddress::resolve,
            NO_EVENTS);
    return new SnapshotReceiver(context, staging, new TransferMeter().receiving)
        .receive(
            () -> sources, () -> atLeastIndex, giveUpAfter, new SnapshotReceiver.Cancellation());
  }

  private static String nameOf(long id, List<ClusterMember> members) {
    return members.stream()
        .filter(member -> member.id() == id)
        .map(ClusterMember::label)
        .findFirst()
        .orElse(PeerIdentity.text(id));
  }

  @Override
  public void close() {
    workers.shutdownNow();
    sockets.close();
  }
}
