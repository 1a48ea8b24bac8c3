package io.kvorum.support;

import java.util.List;
import java.util.Set;
import java.util.logging.Filter;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Keeps out of the log what the other side of a connection causes by ordinary behaviour: gRPC
 * writes a warning with a stack trace for each call that is cancelled while an answer is being
 * sent, which watchers do all the time and members when they stop, and for each message that is too
 * large. Both ports filter with it; it knows the exceptions by name, as this package has no gRPC.
 */
public final class GrpcLog {
  private static final Set<String> ORDINARY =
      Set.of(
          "io.grpc.StatusException",
          "io.grpc.StatusRuntimeException",
          "io.netty.handler.codec.http2.Http2Exception$StreamException");

  // Held here, since the JDK forgets the settings of loggers that are not referenced.
  private static final List<Logger> LOGGERS =
      List.of(
          Logger.getLogger("io.grpc.netty.NettyServerHandler"),
          Logger.getLogger("io.grpc.netty.NettyServerStream"),
          Logger.getLogger("io.grpc.netty.NettyClientHandler"),
          Logger.getLogger("io.grpc.netty.NettyClientStream"));

  /**
   * One tells at its first use that it can use epoll; the other shows the stack for each connection
   * that does not keep to HTTP/2.
   */
  private static final List<Logger> TALKATIVE =
      List.of(
          Logger.getLogger("io.grpc.netty.TcpMetrics"),
          Logger.getLogger("io.grpc.netty.NettyServerTransport.connections"));

  private GrpcLog() {}

  /** Filters from now on, idempotent; a filter that is there already stays in force. */
  public static synchronized void quieten() {
    TALKATIVE.forEach(logger -> logger.setLevel(Level.WARNING));
    for (Logger logger : LOGGERS) {
      Filter present = logger.getFilter();
      if (!(present instanceof WithoutTheOrdinary)) {
        logger.setFilter(new WithoutTheOrdinary(present));
      }
    }
  }

  private static boolean isOrdinary(@Nullable Throwable thrown) {
    if (thrown == null) {
      return false;
    }
    for (Class<?> type = thrown.getClass(); type != null; type = type.getSuperclass()) {
      if (ORDINARY.contains(type.getName())) {
        return true;
      }
    }
    return false;
  }

  private record WithoutTheOrdinary(@Nullable Filter former) implements Filter {
    @Override
    public boolean isLoggable(LogRecord line) {
      return !isOrdinary(line.getThrown()) && (former == null || former.isLoggable(line));
    }
  }
}
