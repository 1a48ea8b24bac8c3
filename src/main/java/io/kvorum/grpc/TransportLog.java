package io.kvorum.grpc;

import io.grpc.StatusRuntimeException;
import io.netty.handler.codec.http2.Http2Exception;
import java.util.List;
import java.util.logging.Filter;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * Keeps out of the log what clients do to their own calls: gRPC warns, with a stack, of each call
 * that is cancelled while an answer is on its way, and of each message that is too large. For
 * watchers the first is daily life.
 */
final class TransportLog {
  // Held here, since the JDK forgets the settings of loggers that nobody holds.
  private static final List<Logger> LOGGERS =
      List.of(
          Logger.getLogger("io.grpc.netty.NettyServerHandler"),
          Logger.getLogger("io.grpc.netty.NettyServerStream"));

  private TransportLog() {}

  /** Doing it again changes nothing. */
  static void quieten() {
    for (Logger logger : LOGGERS) {
      Filter present = logger.getFilter();
      if (!(present instanceof NotTheClient)) {
        logger.setFilter(new NotTheClient());
      }
    }
  }

  private static final class NotTheClient implements Filter {
    @Override
    public boolean isLoggable(LogRecord record) {
      Throwable thrown = record.getThrown();
      return !(thrown instanceof Http2Exception.StreamException)
          && !(thrown instanceof StatusRuntimeException);
    }
  }
}
