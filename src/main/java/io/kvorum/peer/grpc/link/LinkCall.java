package io.kvorum.peer.grpc.link;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.kvorum.peer.PeerSettings;
import io.kvorum.proto.peer.Frame;
import io.kvorum.proto.peer.Notice;
import io.kvorum.proto.peer.PeerGrpc;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Makes one attempt to connect to another member, and carries the stream of messages if that
 * succeeds. Sends pings of its own, since the keep-alive of a gRPC client starts at ten seconds.
 * Confined to one event loop.
 *
 * <p>Held by: PeerLinkTest, PeerBoundsTest, GrpcPeerTransportTest.
 */
final class LinkCall extends ClientCall.Listener<Notice> {
  private static final int ON_READY_THRESHOLD = 256 << 10;
  private static final Duration FAREWELL = Duration.ofSeconds(1);

  /** Gets the outcome of the attempt, on the event loop. */
  interface Owner {
    void opened(LinkCall call);

    void ready(LinkCall call);

    void answered(LinkCall call, long roundTripNanos);

    /** Called once at the end, unless the owner has closed the call. */
    void ended(LinkCall call, String reason, @Nullable Refusal refusal);
  }

  private final String url;
  private final EventLoop loop;
  private final PeerSettings settings;
  private final Owner owner;
  private final long startedNanos = System.nanoTime();

  private @Nullable ManagedChannel channel;
  private @Nullable ClientCall<Frame, Notice> call;
  private @Nullable Future<?> timer;
  private boolean isOpen;
  private boolean isEnded;

  LinkCall(String url, EventLoop loop, PeerSettings settings, Owner owner) {
    this.url = url;
    this.loop = loop;
    this.settings = settings;
    this.owner = owner;
  }

  String url() {
    return url;
  }

  boolean isOpen() {
    return isOpen;
  }

  long ageNanos() {
    return System.nanoTime() - startedNanos;
  }

  @Nullable ManagedChannel channel() {
    return channel;
  }

  void start(PeerSockets sockets, PeerRoute route, Metadata headers) {
    if (isEnded) {
      return;
    }
    channel = sockets.newChannel(route, loop);
    call =
        channel.newCall(
            PeerGrpc.getMessagesMethod(),
            CallOptions.DEFAULT.withOnReadyThreshold(ON_READY_THRESHOLD));
    call.start(this, headers);
    call.request(Integer.MAX_VALUE);
    // A server may accept the connection and never answer.
    timer =
        loop.schedule(
            () -> end("no answer", null),
            2 * settings.keepAliveTimeout().toMillis(),
            TimeUnit.MILLISECONDS);
  }

  boolean isReady() {
    return isOpen && !isEnded && call != null && call.isReady();
  }

  void send(Frame frame) {
    if (call != null && !isEnded) {
      call.sendMessage(frame);
    }
  }

  /** Ends an attempt that failed before the call was started. */
  void fail(String reason) {
    end(reason, null);
  }

  /** Closes the call without notifying the owner; frames sent before still go out. */
  void close() {
    if (isEnded) {
      return;
    }
    isEnded = true;
    cancelTimer();
    if (channel == null || call == null) {
      return;
    }
    ManagedChannel ending = channel;
    if (isOpen) {
      call.halfClose();
      ending.shutdown();
      loop.schedule(ending::shutdownNow, FAREWELL.toMillis(), TimeUnit.MILLISECONDS);
    } else {
      ending.shutdownNow();
    }
  }

  @Override
  public void onMessage(Notice notice) {
    if (isEnded) {
      return;
    }
    if (!isOpen) {
      isOpen = true;
      cancelTimer();
      pingLater();
      owner.opened(this);
    } else if (notice.hasPong()) {
      owner.answered(this, System.nanoTime() - notice.getPong());
      cancelTimer();
      pingLater();
    } else if (notice.hasWelcome()) {
      // The peer is alive but busy: pings wait behind messages that it has not taken yet.
      cancelTimer();
      pingLater();
    }
  }

  @Override
  public void onReady() {
    if (isOpen && !isEnded) {
      owner.ready(this);
    }
  }

  @Override
  public void onClose(Status status, Metadata trailers) {
    String reason = status.isOk() ? "the peer closed the stream" : StatusText.of(status);
    end(reason, Refusal.in(trailers));
  }

  private void pingLater() {
    timer =
        loop.schedule(this::ping, settings.keepAliveInterval().toMillis(), TimeUnit.MILLISECONDS);
  }

  private void ping() {
    send(Frame.newBuilder().setPing(System.nanoTime()).build());
    long millis = settings.keepAliveTimeout().toMillis();
    timer =
        loop.schedule(
            () -> end("no answer to a ping for " + millis + " ms", null),
            millis,
            TimeUnit.MILLISECONDS);
  }

  private void end(String reason, @Nullable Refusal refusal) {
    if (isEnded) {
      return;
    }
    isEnded = true;
    cancelTimer();
    if (channel != null) {
      channel.shutdownNow();
    }
    owner.ended(this, reason, refusal);
  }

  private void cancelTimer() {
    if (timer != null) {
      timer.cancel(false);
      timer = null;
    }
  }
}
