package io.kvorum.support;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GrpcLogTest {
  private final Logger logger = Logger.getLogger("io.grpc.netty.NettyServerHandler");

  @AfterEach
  void leaveNoFilterOfTheTest() {
    logger.setFilter(null);
    GrpcLog.quieten();
  }

  private static boolean isShown(Logger logger, String message, Throwable thrown) {
    LogRecord line = new LogRecord(Level.WARNING, message);
    line.setThrown(thrown);
    return logger.getFilter() == null || logger.getFilter().isLoggable(line);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "NettyServerHandler",
        "NettyServerStream",
        "NettyClientHandler",
        "NettyClientStream"
      })
  void whatTheOtherSideDoesToItsOwnCallsIsNoWarning(String name) {
    Logger grpc = Logger.getLogger("io.grpc.netty." + name);
    GrpcLog.quieten();
    GrpcLog.quieten();
    assertThat(isShown(grpc, "Stream", Http2Exception.streamError(3, Http2Error.CANCEL, "reset")))
        .isFalse();
    assertThat(
            isShown(
                grpc,
                "Headers",
                Http2Exception.headerListSizeError(3, Http2Error.PROTOCOL_ERROR, false, "long")))
        .as("of a class below")
        .isFalse();
    assertThat(isShown(grpc, "Call", Status.CANCELLED.asRuntimeException())).isFalse();
    assertThat(isShown(grpc, "Call", Status.CANCELLED.asException())).isFalse();
    assertThat(isShown(grpc, "Connection", Http2Exception.connectionError(Http2Error.NO_ERROR, "")))
        .isTrue();
    assertThat(isShown(grpc, "Bug", new IllegalStateException("a bug"))).isTrue();
    assertThat(isShown(grpc, "no exception", null)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"TcpMetrics", "NettyServerTransport.connections"})
  void itsRemarksOnItsOwnStartAndOnBrokenConnectionsAreNoNews(String name) {
    GrpcLog.quieten();
    assertThat(Logger.getLogger("io.grpc.netty." + name).isLoggable(Level.INFO)).isFalse();
  }

  @Test
  void whatOthersHaveSilencedStaysSilent() {
    logger.setFilter(line -> !line.getMessage().equals("silenced"));
    GrpcLog.quieten();
    GrpcLog.quieten();
    assertThat(isShown(logger, "silenced", new IllegalStateException())).isFalse();
    assertThat(isShown(logger, "Stream", Http2Exception.streamError(3, Http2Error.CANCEL, "reset")))
        .isFalse();
    assertThat(isShown(logger, "else", new IllegalStateException())).isTrue();
  }
}
