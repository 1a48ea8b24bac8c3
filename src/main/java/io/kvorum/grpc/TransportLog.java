package io.kvorum.grpc;

import io.grpc.StatusRuntimeException;
import io.netty.handler.codec.http2.Http2Exception;
import java.util.List;
import java.util.logging.Filter;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * Filters out warnings that clients cause by ordinary behaviour: gRPC logs, with a stack trace,
 * each call that is canceled while an answer is being sent, which watchers do all the time, and
 * each message that is too large.
 */
final class TransportLog {
  // Referenced here, since the JDK drops unreferenced loggers with their settings.
  private static final List<Logger> LOGGERS =
      List.of(
          Logger.getLogger("io.grpc.netty.NettyServerHandler"),
          Logger.getLogger("io.grpc.netty.NettyServerStream"));

  private TransportLog() {}

  /** Installs the filters; idempotent. */
  static void quieten() {
    for (Logger logger : LOGGERS) {
      Filter present = logger.getFilter();
      if (!(present instanceof NotByClient)) {
        logger.setFilter(new NotByClient());
      }
    }
  }

  private static final class NotByClient implements Filter {
    @Override
    public boolean isLoggable(LogRecord record) {
      Throwable thrown = record.getThrown();
      return !(thrown instanceof Http2Exception.StreamException)
          && !(thrown instanceof StatusRuntimeException);
    }
  }
}
