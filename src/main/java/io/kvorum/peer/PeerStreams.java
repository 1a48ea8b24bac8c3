package io.kvorum.peer;

import static io.kvorum.peer.PeerIdentity.text;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import io.kvorum.consensus.PeerMessage;
import io.kvorum.consensus.PeerTransport;
import io.kvorum.peer.FrameMarshaller.Inbound;
import io.kvorum.proto.peer.Notice;
import io.kvorum.proto.peer.Welcome;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The streams that other members have opened to this one, the newest of each. Thread-safe; messages
 * go on by the event loop that read them.
 *
 * <p>Of each member only so much is read as may wait to be taken, and one message. A stream that is
 * held for that reason says that it is alive, as it cannot answer the pings behind.
 */
final class PeerStreams implements ServerCallHandler<Inbound, Notice> {
  private static final System.Logger LOG = System.getLogger(PeerStreams.class.getName());
  private static final Notice WELCOME =
      Notice.newBuilder().setWelcome(Welcome.getDefaultInstance()).build();

  /** How much of a member's messages may wait to be taken. */
  static final long MAX_WAITING_BYTES = 8 << 20;

  /** Where messages go. */
  interface Events {
    void received(long senderId, PeerMessage message, int bytes, PeerTransport.Credit credit);

    /** The member is there: it has opened a stream. */
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
   * @param signInterval between two signs of life of a stream that is held
   */
  PeerStreams(
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

  @Override
  public ServerCall.Listener<Inbound> startCall(
      ServerCall<Inbound, Notice> call, Metadata headers) {
    try {
      long sender = gate.admitStream(headers);
      InboundCredit credit =
          credits.computeIfAbsent(sender, id -> new InboundCredit(MAX_WAITING_BYTES));
      Incoming incoming = new Incoming(sender, call, meters.apply(sender), credit);
      Incoming former = streams.put(sender, incoming);
      if (former != null) {
        former.end(Status.ABORTED.withDescription("the member has opened another stream"), null);
      }
      // Once more: those that are to go were perhaps looked for before it was there.
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
  boolean hears(long sender) {
    return streams.containsKey(sender);
  }

  /** Ends the streams of those who are members no more. */
  void review() {
    for (Incoming stream : streams.values()) {
      try {
        gate.checkStream(stream.sender);
      } catch (RefusedException refusal) {
        LOG.log(
            Level.INFO,
            "ended the stream of member {0}: {1}",
            text(stream.sender),
            refusal.reason());
        stream.end(refusal.refusal().status(refusal.reason()), refusal.refusal());
      }
    }
    credits
        .entrySet()
        .removeIf(credit -> !streams.containsKey(credit.getKey()) && credit.getValue().isUnused());
  }

  /** Ends all streams, since this member goes. */
  void close() {
    for (Incoming stream : streams.values()) {
      stream.end(Status.UNAVAILABLE.withDescription("the member is stopping"), null);
    }
  }

  /** One stream. Several threads may end it: what it says goes under its lock. */
  private final class Incoming extends ServerCall.Listener<Inbound> {
    private final long sender;
    private final ServerCall<Inbound, Notice> call;
    private final LinkMeter meter;
    private final InboundCredit credit;
    private final Runnable reading = this::read;
    private final AtomicBoolean givesSigns = new AtomicBoolean();
    private volatile boolean isHeld;
    private volatile boolean isEnded;

    Incoming(long sender, ServerCall<Inbound, Notice> call, LinkMeter meter, InboundCredit credit) {
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

    /** Asked for inside the delivery of the one before, so nothing waits for it. */
    private void readNext() {
      isHeld = true;
      if (!credit.goOn(reading) && isHeld) {
        signLater();
      }
    }

    /** By whichever thread has made room. */
    private void read() {
      isHeld = false;
      call.request(1);
    }

    private void signLater() {
      if (givesSigns.compareAndSet(false, true)) {
        try {
          sockets.nextLoop().schedule(this::sign, signInterval.toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException stopped) {
          LOG.log(Level.DEBUG, "no signs of life any more: the transport is closed");
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
    public void onMessage(Inbound inbound) {
      if (isEnded) {
        return;
      }
      if (inbound.fault() != null) {
        meter.notUnderstood();
        LOG.log(
            Level.ERROR,
            "member {0} sent what makes no sense, its stream is ended: {1}",
            text(sender),
            inbound.fault());
        end(Status.INVALID_ARGUMENT.withDescription("malformed message: " + inbound.fault()), null);
        return;
      }
      if (inbound.ping() != null) {
        answer(inbound.ping());
      } else if (inbound.message() != null) {
        meter.received(inbound.bytes());
        credit.read(inbound.bytes());
        events.received(sender, inbound.message(), inbound.bytes(), credit);
      }
      readNext();
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
}
