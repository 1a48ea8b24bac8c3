package io.kvorum.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

class FuturesTest {
  private final IllegalStateException failure = new IllegalStateException("the failure itself");

  @Test
  void theCauseOfNestedWrappersIsTheFailureItself() {
    Throwable wrapped = new ExecutionException(new CompletionException(failure));
    assertThat(Futures.cause(wrapped)).isSameAs(failure);
    assertThat(Futures.cause(failure)).isSameAs(failure);
  }

  @Test
  void aWrapperAroundNothingIsTheFailure() {
    CompletionException empty = new CompletionException("nothing inside", null);
    assertThat(Futures.cause(empty)).isSameAs(empty);
  }
}
