package io.kvorum.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

class TransportLogTest {
  private static boolean isShown(Throwable thrown) {
    LogRecord line = new LogRecord(Level.WARNING, "Exception");
    line.setThrown(thrown);
    return Logger.getLogger("io.grpc.netty.NettyServerStream").getFilter().isLoggable(line);
  }

  @Test
  void whatClientsDoToTheirOwnCallsIsNoWarning() {
    TransportLog.quieten();
    TransportLog.quieten();
    assertThat(isShown(Http2Exception.streamError(3, Http2Error.CANCEL, "reset"))).isFalse();
    assertThat(isShown(Status.CANCELLED.asRuntimeException())).isFalse();
    assertThat(isShown(new IllegalStateException("a bug"))).isTrue();
  }
}
