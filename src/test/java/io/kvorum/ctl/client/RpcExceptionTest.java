package io.kvorum.ctl.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import org.junit.jupiter.api.Test;

final class RpcExceptionTest {
  private static String words(Status status) {
    return RpcException.of(status.asRuntimeException()).getMessage();
  }

  @Test
  void etcdsOwnErrorsAreShownWithoutTheirCode() {
    assertThat(words(Status.OUT_OF_RANGE.withDescription("etcdserver: mvcc: compacted")))
        .isEqualTo("etcdserver: mvcc: compacted");
    assertThat(words(Status.DEADLINE_EXCEEDED.withDescription("etcdserver: request timed out")))
        .isEqualTo("etcdserver: request timed out");
  }

  @Test
  void othersAreShownWithGosNamesOfCodes() {
    assertThat(words(Status.UNIMPLEMENTED.withDescription("unknown service x")))
        .isEqualTo("rpc error: code = Unimplemented desc = unknown service x");
    assertThat(words(Status.FAILED_PRECONDITION.withDescription("a\nb")))
        .isEqualTo("rpc error: code = FailedPrecondition desc = a b");
  }

  @Test
  void theEndOfTheClientsPatienceIsAContextsEnd() {
    assertThat(words(Status.DEADLINE_EXCEEDED.withDescription("after 4.9s, last error …")))
        .isEqualTo("context deadline exceeded");
    assertThat(words(Status.CANCELLED)).isEqualTo("context canceled");
  }
}
