package io.kvorum.peer.grpc.link;

import io.grpc.Channel;
import io.kvorum.consensus.PeerMessage;
import io.kvorum.peer.grpc.wire.PeerMessageCodec;
import io.kvorum.proto.peer.Frame;
import io.kvorum.support.Log;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Connects to one other member: keeps one stream open, reconnecting as often as needed, and sends
 * messages on it. Any thread sends; the fields that are not volatile are confined to one event
 * loop.
 *
 * <pre>
 *   fresh ──► open ◄──► broken: waits, tries the next URL, waits longer
 *     └────────────────────▲
 * </pre>
 *
 * <p>A fresh link queues messages; a broken one drops them, since the sender must notice and will
 * repeat them.
 */
public final class PeerLink implements LinkCall.Owner {
  private static final Log LOG = Log.of(PeerLink.class);

  /** Most frames sent before other work of the loop gets its turn. */
  private static final int MAX_BATCH = 1024;

  private final long memberId;
  private final LinkContext context;
  private final EventLoop loop;
  private final LinkMeter meter;
  private final FrameQueue queue;
  private final AtomicBoolean isDraining = new AtomicBoolean();

  private volatile boolean isReachable = true;
  private volatile @Nullable Channel openChannel;

  private List<String> urls = List.of();
  private @Nullable LinkCall current;
  private @Nullable Future<?> retry;
  private int attempts;
  private int failures;
  private boolean isClosed;

  /** Logged since the link was last open, so that retries do not repeat it. */
  private final Set<String> loggedReasons = new HashSet<>();

  PeerLink(long memberId, LinkContext context, LinkMeter meter) {
    this.memberId = memberId;
    this.context = context;
    this.loop = context.sockets().nextLoop();
    this.meter = meter;
    this.queue = new FrameQueue(context.settings().maxQueuedBytes());
  }

  /** Whether messages are queued or sent rather than dropped. */
  public boolean isReachable() {
    return isReachable;
  }

  /** The channel of the open stream, for other calls; null if there is none. */
  public @Nullable Channel openChannel() {
    return openChannel;
  }

  /** Queues a message; returns false if it was dropped. */
  public boolean send(PeerMessage message) {
    if (!isReachable || !queue.offer(PeerMessageCodec.encode(message))) {
      meter.notSent();
      return false;
    }
    drainSoon();
    return true;
  }

  /** Sets the peer URLs of the member; the first call opens the link. */
  void locate(List<String> peerUrls) {
    execute(() -> relocate(peerUrls));
  }

  /** Retries at once, since the member has been seen. */
  public void retryNow() {
    execute(
        () -> {
          if (retry != null) {
            retry.cancel(false);
            connect();
          }
        });
  }

  /** Sends what can be sent at once, and closes. */
  void close() {
    execute(
        () -> {
          isClosed = true;
          isReachable = false;
          drain();
          cancelRetry();
          openChannel = null;
          if (current != null) {
            if (current.isOpen()) {
              meter.disconnected();
            }
            current.close();
            current = null;
          }
          dropQueue();
        });
  }

  /**
   * Takes new URLs. An open connection stays until it breaks: the member has yet to move, and must
   * be reachable until then.
   */
  private void relocate(List<String> peerUrls) {
    if (isClosed || peerUrls.equals(urls)) {
      return;
    }
    boolean isFirst = urls.isEmpty();
    urls = List.copyOf(peerUrls);
    if (!isFirst) {
      LOG.info("member {} now has peer URLs {}", context.nameOf(memberId), urls);
    }
    if (current == null) {
      cancelRetry();
      connect();
    } else if (!urls.contains(current.url()) && !current.isOpen()) {
      LinkCall left = current;
      left.close();
      ended(left, "its peer URLs have changed", null);
      cancelRetry();
      connect();
    }
  }

  private void connect() {
    retry = null;
    if (isClosed || urls.isEmpty()) {
      return;
    }
    int attempt = attempts++;
    String url = urls.get(Math.floorMod(attempt, urls.size()));
    int round = Math.floorDiv(attempt, urls.size());
    LinkCall call = new LinkCall(url, loop, context.settings(), this);
    current = call;
    try {
      context.workers().execute(() -> resolve(call, url, round));
    } catch (RejectedExecutionException stopped) {
      LOG.debug(
          "no further attempt to reach member {}: the transport is closed",
          context.nameOf(memberId));
    }
  }

  /** On a worker, since resolving a name may take long. */
  private void resolve(LinkCall call, String url, int round) {
    try {
      PeerAddress address = PeerAddress.parse(url);
      PeerRoute route =
          context.sockets().route(address, context.resolver().resolve(address, round));
      execute(() -> start(call, route));
    } catch (IOException unusable) {
      execute(() -> call.fail(String.valueOf(unusable.getMessage())));
    } catch (RuntimeException unexpected) {
      execute(() -> call.fail(unexpected.toString()));
    }
  }

  private void start(LinkCall call, PeerRoute route) {
    try {
      call.start(
          context.sockets(),
          route,
          CallIdentity.of(context.self(), memberId, context.ownUrls().get()).headers());
    } catch (RuntimeException unexpected) {
      call.fail(unexpected.toString());
    }
  }

  @Override
  public void opened(LinkCall call) {
    loggedReasons.clear();
    LOG.info("connected to member {} at {}", context.nameOf(memberId), call.url());
    meter.connected();
    openChannel = call.channel();
    isReachable = true;
    context.events().connected(memberId);
    drain();
  }

  @Override
  public void ready(LinkCall call) {
    drain();
  }

  @Override
  public void answered(LinkCall call, long roundTripNanos) {
    meter.roundTrip(roundTripNanos);
  }

  @Override
  public void ended(LinkCall call, String reason, @Nullable Refusal refusal) {
    if (call != current) {
      return;
    }
    current = null;
    openChannel = null;
    boolean wasReachable = isReachable;
    isReachable = false;
    dropQueue();
    // A stream that opens and breaks at once counts as a failure.
    boolean wasStable =
        call.isOpen() && call.ageNanos() > context.settings().maxBackoff().toNanos();
    failures = wasStable ? 0 : failures + 1;
    if (call.isOpen()) {
      meter.disconnected();
    }
    log(call, reason, refusal);
    long delay = context.backoffNanos(Math.max(0, failures - 1));
    retry = loop.schedule(this::connect, delay, TimeUnit.NANOSECONDS);
    if (wasReachable) {
      context.events().disconnected(memberId);
    }
    if (refusal == Refusal.REMOVED) {
      context.events().removed(reason);
    }
  }

  private void log(LinkCall call, String reason, @Nullable Refusal refusal) {
    if (loggedReasons.add(call.url() + reason)) {
      LOG.warning(
          "{} member {} at {}: {}",
          refusal != null ? "refused by" : call.isOpen() ? "lost connection to" : "cannot reach",
          context.nameOf(memberId),
          call.url(),
          reason);
    }
  }

  private void drainSoon() {
    if (!isDraining.get() && isDraining.compareAndSet(false, true)) {
      execute(this::drain);
    }
  }

  private void drain() {
    isDraining.set(false);
    LinkCall call = current;
    if (call == null) {
      return;
    }
    for (int sent = 0; call.isReady(); sent++) {
      if (sent == MAX_BATCH) {
        drainSoon();
        return;
      }
      Frame frame = queue.poll();
      if (frame == null) {
        return;
      }
      call.send(frame);
      meter.sent(frame.getSerializedSize());
    }
  }

  private void dropQueue() {
    while (queue.poll() != null) {
      meter.notSent();
    }
  }

  private void cancelRetry() {
    if (retry != null) {
      retry.cancel(false);
      retry = null;
    }
  }

  private void execute(Runnable task) {
    try {
      loop.execute(task);
    } catch (RejectedExecutionException stopped) {
      LOG.debug(
          "nothing more is sent to member {}: the transport is closed", context.nameOf(memberId));
    }
  }
}
