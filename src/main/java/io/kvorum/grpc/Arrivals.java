package io.kvorum.grpc;

import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import io.kvorum.model.ErrorCode;
import io.kvorum.service.ClientLimits;
import io.kvorum.support.MemoryBudget;
import io.kvorum.support.MemoryBudget.Hold;
import io.kvorum.wire.ErrorTable;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Limits what the requests of one connection take until they have arrived as a whole: parts of
 * messages, and messages whose call the client has not half-closed. Confined to the event loop.
 *
 * <p>Nothing else does. gRPC gives the sender new credit for each part of a message that arrives,
 * so that the windows of HTTP/2 bound only what nobody has asked for. The budget is one of its own:
 * requests that never arrive do not take the room of answers, or of small calls.
 *
 * <p>A call for which there is no room is refused, and the others of its connection go on. What the
 * first bytes of a call take is not counted: {@link ClientLimits#FREE_BYTES}.
 *
 * <p>Held by: ArrivalsTest, RequestLimitsTest.
 */
final class Arrivals {
  static final long FREE_BYTES = ClientLimits.FREE_BYTES;

  /** The objects that hold one part, which may be as small as a byte. */
  static final long PART_BYTES = 256;

  /**
   * Larger ones take room in such steps, however small the parts are in which they come: what is
   * not small leaves an eighth of the budget to what is.
   */
  private static final long LARGE_STEP_BYTES = 4 * MemoryBudget.SMALL_BYTES;

  private final Hold hold;
  private final Set<Arrival> arriving = new LinkedHashSet<>();

  Arrivals(Hold hold) {
    this.hold = hold;
  }

  /**
   * The budget of all connections, of which one may use half.
   *
   * @param bytes what it should have; it has more if that is no room for a few of the largest
   *     messages
   */
  static MemoryBudget budget(long bytes, int maxMessageBytes) {
    long whole = Math.max(bytes, 4L * maxMessageBytes);
    return new MemoryBudget(whole, whole / 2, nobodyWaits -> {});
  }

  Arrival begin() {
    return new Arrival();
  }

  /**
   * Whether one of them has been arriving for so many checks, and for longer the larger it is.
   *
   * @param bytesPerCheck what a connection that is not too slow carries between two checks
   */
  boolean isLate(int checks, long bytesPerCheck) {
    boolean isLate = false;
    for (Arrival arrival : arriving) {
      arrival.checks++;
      isLate |= arrival.checks > checks + arrival.takenBytes / bytesPerCheck;
    }
    return isLate;
  }

  /** One request, or one message of a stream. */
  final class Arrival {
    private long takenBytes;
    private int checks;

    /** Sets how many bytes have arrived; false, and nothing changes, if there is no room. */
    boolean hold(long bytes) {
      long needed = Math.max(0, bytes - FREE_BYTES);
      if (needed > MemoryBudget.SMALL_BYTES) {
        needed = (needed + LARGE_STEP_BYTES - 1) / LARGE_STEP_BYTES * LARGE_STEP_BYTES;
      }
      if (needed > takenBytes && !hold.tryTake(needed - takenBytes)) {
        return false;
      }
      if (needed < takenBytes) {
        hold.give(takenBytes - needed);
      }
      takenBytes = needed;
      if (needed > 0) {
        arriving.add(this);
      } else {
        end();
      }
      return true;
    }

    private void end() {
      if (arriving.remove(this)) {
        checks = 0;
      }
    }
  }

  /** Counts the parts of messages. Thread-safe. */
  static final class Tracers extends ServerStreamTracer.Factory {
    @Override
    public ServerStreamTracer newServerStreamTracer(String fullMethodName, Metadata headers) {
      return new Tracer();
    }
  }

  /** Confined to the event loop of the connection. */
  private static final class Tracer extends ServerStreamTracer {
    private @Nullable Arrival message;
    private long bytes;

    /** Comes before any message, but not where the method is unknown, which reads none. */
    @Override
    public void serverCallStarted(ServerCallInfo<?, ?> call) {
      message = ClientConnection.of(call.getAttributes()).arrivals().begin();
    }

    /**
     * A part has come.
     *
     * @throws io.grpc.StatusRuntimeException if there is no room for it; gRPC, which is reading the
     *     message, ends the call with that status
     */
    @Override
    public void inboundWireSize(long partBytes) {
      bytes += partBytes + PART_BYTES;
      if (message != null && !message.hold(bytes)) {
        throw ErrorTable.statusOf(ErrorCode.TOO_MANY_REQUESTS).asRuntimeException();
      }
    }

    /** The message is whole. */
    @Override
    public void inboundMessageRead(int sequence, long wireBytes, long messageBytes) {
      end();
    }

    @Override
    public void streamClosed(Status status) {
      end();
    }

    private void end() {
      bytes = 0;
      if (message != null) {
        message.hold(0);
      }
    }
  }
}
