package io.kvorum.peer.grpc.link;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.ProtoUtils;
import io.kvorum.consensus.PeerMessage;
import io.kvorum.consensus.PeerTransport;
import io.kvorum.peer.grpc.link.Refusal.RefusedException;
import io.kvorum.peer.grpc.wire.MalformedMessageException;
import io.kvorum.peer.grpc.wire.PeerMessageCodec;
import io.kvorum.proto.peer.Frame;
import io.kvorum.proto.peer.Notice;
import io.kvorum.proto.peer.PeerGrpc;
import io.kvorum.proto.peer.Welcome;
import io.kvorum.support.Log;
import java.io.InputStream;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Serves the streams that other members have opened to this one, the newest of each. Thread-safe;
 * messages are delivered on the event loop that read them.
 *
 * <p>From each member only as much is read as may wait to be taken, and one message more. A stream
 * that is held for that reason sends signs of life, as it cannot answer the pings behind.
 *
 * <p>Frames are parsed here rather than by a marshaller, whose exceptions would end the stream with
 * a status that has no reason, and without this class counting or logging it.
 *
 * <p>Held by: PeerBoundsTest, PeerRefusalTest, GrpcPeerTransportTest.
 */
public final class PeerStreams implements ServerCallHandler<InputStream, Notice> {
  private static final Log LOG = Log.of(PeerStreams.class);
  private static final Notice WELCOME =
      Notice.newBuilder().setWelcome(Welcome.getDefaultInstance()).build();
  private static final Marshaller<Frame> FRAMES = ProtoUtils.marshaller(Frame.getDefaultInstance());

  /** Most bytes of one member's messages that may wait to be taken. */
  public static final long MAX_WAITING_BYTES = 8 << 20;

  /** Receives messages, on the event loop of the stream. */
  public interface Events {
    void received(long senderId, PeerMessage message, int bytes, PeerTransport.Credit credit);

    /** A member has opened a stream. */
    void seen(long senderId);
  }

  private final Gate gate;
  private final LongFunction<LinkMeter> meters;
  private final Events events;
  private final PeerSockets sockets;
  private final Duration signInterval;
  private final Map<Long, Incoming> streams = new ConcurrentHashMap<>();
  private final Map<Long, InboundCredit> credits = new ConcurrentHashMap<>();

  /**
   * @param signInterval between two signs of life of a held stream
   */
  public PeerStreams(
      Gate gate,
      LongFunction<LinkMeter> meters,
      Events events,
      PeerSockets sockets,
      Duration signInterval) {
    this.gate = gate;
    this.meters = meters;
    this.events = events;
    this.sockets = sockets;
    this.signInterval = signInterval;
  }

  /** The method that this serves, which leaves frames unparsed. */
  public static MethodDescriptor<InputStream, Notice> method() {
    return PeerGrpc.getMessagesMethod().toBuilder(
            new Unparsed(), ProtoUtils.marshaller(Notice.getDefaultInstance()))
        .build();
  }

  @Override
  public ServerCall.Listener<InputStream> startCall(
      ServerCall<InputStream, Notice> call, Metadata headers) {
    try {
      long sender = gate.admitStream(headers);
      InboundCredit credit =
          credits.computeIfAbsent(sender, id -> new InboundCredit(MAX_WAITING_BYTES));
      Incoming incoming = new Incoming(sender, call, meters.apply(sender), credit);
      Incoming former = streams.put(sender, incoming);
      if (former != null) {
        former.end(Status.ABORTED.withDescription("the member has opened another stream"), null);
      }
      // Once more, since review() may have run before the stream was in the map.
      gate.checkStream(sender);
      gate.admitted(sender);
      incoming.welcome();
      events.seen(sender);
      return incoming;
    } catch (RefusedException refusal) {
      streams.computeIfPresent(
          refusal.senderId(), (id, stream) -> stream.call == call ? null : stream);
      gate.refuse(call, refusal);
      return new ServerCall.Listener<>() {};
    }
  }

  /** Whether that member has a stream open. */
  public boolean hasStream(long sender) {
    return streams.containsKey(sender);
  }

  /** Ends the streams of callers that are no longer admitted. */
  public void review() {
    for (Incoming stream : streams.values()) {
      try {
        gate.checkStream(stream.sender);
      } catch (RefusedException refusal) {
        LOG.info(
            "closed the stream of member {}: {}", gate.nameOf(stream.sender), refusal.reason());
        stream.end(refusal.refusal().status(refusal.reason()), refusal.refusal());
      }
    }
    credits
        .entrySet()
        .removeIf(credit -> !streams.containsKey(credit.getKey()) && credit.getValue().isUnused());
  }

  /** Ends all streams, since this member is stopping. */
  public void close() {
    for (Incoming stream : streams.values()) {
      stream.end(Status.UNAVAILABLE.withDescription("the member is stopping"), null);
    }
  }

  /** Serves one stream. Several threads may end it, so messages are sent under its lock. */
  private final class Incoming extends ServerCall.Listener<InputStream> {
    private final long sender;
    private final ServerCall<InputStream, Notice> call;
    private final LinkMeter meter;
    private final InboundCredit credit;
    private final Runnable reading = this::read;
    private final AtomicBoolean givesSigns = new AtomicBoolean();
    private volatile boolean isHeld;
    private volatile boolean isEnded;

    Incoming(
        long sender, ServerCall<InputStream, Notice> call, LinkMeter meter, InboundCredit credit) {
      this.sender = sender;
      this.call = call;
      this.meter = meter;
      this.credit = credit;
    }

    synchronized void welcome() {
      if (!isEnded) {
        call.sendHeaders(new Metadata());
        call.sendMessage(WELCOME);
        readNext();
      }
    }

    /** Called while the message before is delivered, so that none waits in between. */
    private void readNext() {
      isHeld = true;
      if (!credit.resume(reading) && isHeld) {
        signLater();
      }
    }

    /** On the thread that has made room. */
    private void read() {
      isHeld = false;
      call.request(1);
    }

    private void signLater() {
      if (givesSigns.compareAndSet(false, true)) {
        try {
          sockets.nextLoop().schedule(this::sign, signInterval.toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException stopped) {
          LOG.debug("no further signs of life: the transport is closed");
        }
      }
    }

    private void sign() {
      givesSigns.set(false);
      if (isHeld && !isEnded) {
        synchronized (this) {
          if (!isEnded) {
            call.sendMessage(WELCOME);
          }
        }
        signLater();
      }
    }

    @Override
    public void onMessage(InputStream encoded) {
      if (isEnded) {
        return;
      }
      Frame frame;
      PeerMessage message;
      try {
        frame = FRAMES.parse(encoded);
        message = frame.hasPing() ? null : PeerMessageCodec.decode(frame);
      } catch (StatusRuntimeException unreadable) {
        malformed("not a frame: " + unreadable.getMessage());
        return;
      } catch (MalformedMessageException malformed) {
        malformed(String.valueOf(malformed.getMessage()));
        return;
      }
      if (message == null) {
        answer(frame.getPing());
      } else {
        int bytes = frame.getSerializedSize();
        meter.received(bytes);
        credit.read(bytes);
        events.received(sender, message, bytes, credit);
      }
      readNext();
    }

    private void malformed(String reason) {
      meter.malformed();
      LOG.error(
          "malformed message from member {}, closing its stream: {}", gate.nameOf(sender), reason);
      end(Status.INVALID_ARGUMENT.withDescription("malformed message: " + reason), null);
    }

    @Override
    public void onHalfClose() {
      end(Status.OK, null);
    }

    @Override
    public void onCancel() {
      isEnded = true;
      streams.remove(sender, this);
    }

    private synchronized void answer(long ping) {
      if (!isEnded) {
        call.sendMessage(Notice.newBuilder().setPong(ping).build());
      }
    }

    void end(Status status, @Nullable Refusal refusal) {
      streams.remove(sender, this);
      synchronized (this) {
        if (!isEnded) {
          isEnded = true;
          call.close(status, refusal == null ? new Metadata() : refusal.trailers());
        }
      }
    }
  }

  /** Hands encoded frames to the listener. */
  private static final class Unparsed implements Marshaller<InputStream> {
    @Override
    public InputStream stream(InputStream value) {
      throw new UnsupportedOperationException("a server sends no frames");
    }

    @Override
    public InputStream parse(InputStream stream) {
      return stream;
    }
  }
}
