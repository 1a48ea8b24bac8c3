package io.kvorum.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.support.Futures;
import java.util.concurrent.CompletableFuture;

/** Says why a request was refused. Stateless. */
public final class FailedRequest {
  private FailedRequest() {}

  /** The code that the future has failed with; it must have done so. */
  public static ErrorCode codeOf(CompletableFuture<?> failed) {
    assertThat(failed).isCompletedExceptionally();
    Throwable reason = Futures.cause(failed.handle((result, failure) -> failure).join());
    assertThat(reason).isInstanceOf(RequestException.class);
    return ((RequestException) reason).code();
  }
}
