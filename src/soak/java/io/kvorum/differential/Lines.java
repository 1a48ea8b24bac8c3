package io.kvorum.differential;

import java.util.concurrent.Flow;
import java.util.function.Consumer;

/** Takes the lines of an answer over HTTP as they come. */
record Lines(Consumer<String> line, Consumer<Throwable> failure, Runnable end)
    implements Flow.Subscriber<String> {
  @Override
  public void onSubscribe(Flow.Subscription subscription) {
    subscription.request(Long.MAX_VALUE);
  }

  @Override
  public void onNext(String next) {
    line.accept(next);
  }

  @Override
  public void onError(Throwable cause) {
    failure.accept(cause);
  }

  @Override
  public void onComplete() {
    end.run();
  }
}
