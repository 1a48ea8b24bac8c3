package io.kvorum.peer;

import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import io.netty.handler.codec.http2.Http2Exception;
import java.util.List;
import java.util.logging.Filter;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Keeps out of the log the stacks with which gRPC tells of calls that the other side has cancelled:
 * members come and go, pulls are given up, and {@link PeerLink} says so in a line.
 */
final class PeerTransportLog {
  // Held here, since the JDK forgets the settings of loggers that nobody holds.
  private static final List<Logger> LOGGERS =
      List.of(
          Logger.getLogger("io.grpc.netty.NettyServerHandler"),
          Logger.getLogger("io.grpc.netty.NettyServerStream"),
          Logger.getLogger("io.grpc.netty.NettyClientHandler"),
          Logger.getLogger("io.grpc.netty.NettyClientStream"));

  private PeerTransportLog() {}

  /** Doing it again changes nothing; what others filter stays filtered. */
  static synchronized void quieten() {
    for (Logger logger : LOGGERS) {
      Filter present = logger.getFilter();
      if (!(present instanceof NotTheOtherSide)) {
        logger.setFilter(new NotTheOtherSide(present));
      }
    }
  }

  private static final class NotTheOtherSide implements Filter {
    private final @Nullable Filter former;

    NotTheOtherSide(@Nullable Filter former) {
      this.former = former;
    }

    @Override
    public boolean isLoggable(LogRecord entry) {
      Throwable thrown = entry.getThrown();
      return !(thrown instanceof Http2Exception.StreamException)
          && !(thrown instanceof StatusRuntimeException)
          && !(thrown instanceof StatusException)
          && (former == null || former.isLoggable(entry));
    }
  }
}
