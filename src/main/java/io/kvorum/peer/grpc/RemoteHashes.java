package io.kvorum.peer.grpc;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.RequestException;
import io.kvorum.mvcc.HashQuestion;
import io.kvorum.mvcc.StoreHash;
import io.kvorum.peer.grpc.link.CallIdentity;
import io.kvorum.peer.grpc.link.LinkContext;
import io.kvorum.peer.grpc.link.PeerAddress;
import io.kvorum.peer.grpc.link.PeerSockets;
import io.kvorum.peer.grpc.link.StatusText;
import io.kvorum.peer.grpc.wire.HashRecords;
import io.kvorum.proto.peer.HashRequest;
import io.kvorum.proto.peer.HashResponse;
import io.kvorum.proto.peer.PeerGrpc;
import io.kvorum.support.Futures;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Asks other members for the hashes of their stores: over the open link, or, where there is none,
 * over a connection for this question alone; so also before this member takes part. Thread-safe;
 * does not block.
 */
public final class RemoteHashes {
  private final GrpcPeerTransport transport;

  public RemoteHashes(GrpcPeerTransport transport) {
    this.transport = transport;
  }

  /**
   * Asks one member.
   *
   * @param timeout for each of its URLs
   * @return fails with a {@link RequestException}, COMPACTED or FUTURE_REVISION, if the member has
   *     no such hash; with an {@link IOException} if it does not answer, or refuses this member
   */
  public CompletableFuture<StoreHash> ask(
      ClusterMember member, HashQuestion question, Duration timeout) {
    Asked asked = new Asked(member.id(), HashRecords.encode(question), timeout);
    Channel link = transport.channelTo(member.id());
    return link == null ? askAt(member.peerUrls(), asked) : call(link, asked);
  }

  private record Asked(long memberId, HashRequest request, Duration timeout) {}

  /** Tries one URL after the other, until the member answers. */
  private CompletableFuture<StoreHash> askAt(List<String> urls, Asked asked) {
    if (urls.isEmpty()) {
      return CompletableFuture.failedFuture(new IOException("its peer URLs are not known"));
    }
    return askAt(urls.get(0), asked)
        .exceptionallyCompose(
            failure ->
                urls.size() == 1 || Futures.cause(failure) instanceof RequestException
                    ? CompletableFuture.failedFuture(failure)
                    : askAt(urls.subList(1, urls.size()), asked));
  }

  private CompletableFuture<StoreHash> askAt(String url, Asked asked) {
    return CompletableFuture.supplyAsync(() -> open(url), transport.context().workers())
        .thenCompose(
            channel ->
                call(channel, asked).whenComplete((answer, failure) -> channel.shutdownNow()));
  }

  /** Resolves the name. */
  private ManagedChannel open(String url) {
    LinkContext context = transport.context();
    try {
      PeerAddress address = PeerAddress.parse(url);
      PeerSockets sockets = context.sockets();
      return sockets.newChannel(
          sockets.route(address, context.resolver().resolve(address, 0)), sockets.nextLoop());
    } catch (IOException unusable) {
      throw new UncheckedIOException(unusable);
    }
  }

  private CompletableFuture<StoreHash> call(Channel channel, Asked asked) {
    ClientCall<HashRequest, HashResponse> call =
        channel.newCall(
            PeerGrpc.getHashStoreMethod(),
            CallOptions.DEFAULT.withDeadlineAfter(asked.timeout().toNanos(), TimeUnit.NANOSECONDS));
    Answer answer = new Answer();
    call.start(answer, CallIdentity.of(transport.self(), asked.memberId()).headers());
    call.sendMessage(asked.request());
    call.halfClose();
    call.request(2);
    return answer.hash;
  }

  private static final class Answer extends ClientCall.Listener<HashResponse> {
    private final CompletableFuture<StoreHash> hash = new CompletableFuture<>();
    private @Nullable HashResponse response;

    @Override
    public void onMessage(HashResponse message) {
      response = message;
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      try {
        if (!status.isOk() || response == null) {
          throw new IOException(
              status.isOk() ? "it answered nothing" : StatusText.of(status), status.getCause());
        }
        hash.complete(HashRecords.decode(response));
      } catch (IOException | RuntimeException noHash) {
        hash.completeExceptionally(noHash);
      }
    }
  }
}
