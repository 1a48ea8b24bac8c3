package io.kvorum.peer.grpc.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PeerSocketsTest {
  private final Logger logger = Logger.getLogger("io.grpc.netty.NettyServerHandler");

  @AfterEach
  void leaveNoFilterOfTheTest() {
    logger.setFilter(null);
    PeerSockets.filterGrpcLog();
  }

  private boolean isShown(String message, Throwable thrown) {
    LogRecord line = new LogRecord(Level.WARNING, message);
    line.setThrown(thrown);
    return logger.getFilter() == null || logger.getFilter().isLoggable(line);
  }

  @Test
  void aStreamThatTheOtherSideCancelledIsNoWarning() {
    PeerSockets.filterGrpcLog();
    assertThat(isShown("Stream Error", Http2Exception.streamError(3, Http2Error.CANCEL, "reset")))
        .isFalse();
    assertThat(isShown("Exception", Status.CANCELLED.asRuntimeException())).isFalse();
    assertThat(isShown("Exception", new IllegalStateException("a bug"))).isTrue();
  }

  @Test
  void whatOthersHaveSilencedStaysSilent() {
    logger.setFilter(line -> !line.getMessage().equals("silenced"));
    PeerSockets.filterGrpcLog();
    PeerSockets.filterGrpcLog();
    assertThat(isShown("silenced", new IllegalStateException())).isFalse();
    assertThat(isShown("Stream Error", Http2Exception.streamError(3, Http2Error.CANCEL, "reset")))
        .isFalse();
    assertThat(isShown("else", new IllegalStateException())).isTrue();
  }
}
