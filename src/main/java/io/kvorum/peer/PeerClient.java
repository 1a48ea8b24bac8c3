package io.kvorum.peer;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.kvorum.model.ClusterMember;
import io.kvorum.mvcc.SnapshotStaging;
import io.kvorum.proto.peer.DescribeRequest;
import io.kvorum.proto.peer.PeerGrpc;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * What a member asks of others before it has a transport: who the cluster is, and for the whole
 * state. Thread-safe; everything blocks.
 */
public final class PeerClient implements AutoCloseable {
  private static final LinkContext.Events NOBODY =
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
  private final ExecutorService workers = Executors.newCachedThreadPool(PeerThreads.named("join"));

  public PeerClient(PeerSettings settings, Random random) {
    this.settings = settings;
    this.random = random;
    this.sockets = new PeerSockets(settings, 1);
  }

  /**
   * Asks the member behind a peer URL who the cluster is; it answers to anyone.
   *
   * @throws IOException if nobody answers in that time; the message tells the URL and the reason
   */
  public ClusterDescription describe(String url, Duration timeout) throws IOException {
    PeerAddress address = PeerAddress.parse(url);
    ManagedChannel channel =
        sockets.newChannel(address.resolve(0), address.toString(), sockets.nextLoop());
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
   * Brings the whole state of one of those members: tries one after the other, goes on where the
   * last attempt broke, and leaves a complete store that is not in use yet.
   *
   * @param joiner the member that asks; it must be in the cluster's table
   * @param giveUpAfter how long attempts may fail without any progress
   * @throws IOException if that is not possible
   */
  public SnapshotStaging pullState(
      PeerIdentity joiner,
      List<ClusterMember> members,
      long atLeastIndex,
      StagingArea stores,
      Duration giveUpAfter)
      throws IOException, InterruptedException {
    List<StateFetcher.Source> sources =
        members.stream()
            .filter(member -> member.id() != joiner.memberId())
            .flatMap(
                member ->
                    member.peerUrls().stream()
                        .map(url -> new StateFetcher.Source(member.id(), url)))
            .toList();
    LinkContext context =
        new LinkContext(
            sockets, settings, joiner, List::of, random, workers, PeerAddress::resolve, NOBODY);
    return new StateFetcher(context, stores, new TransferMeter().receiving)
        .fetch(() -> sources, () -> atLeastIndex, giveUpAfter, new PullControl());
  }

  @Override
  public void close() {
    workers.shutdownNow();
    sockets.close();
  }
}
