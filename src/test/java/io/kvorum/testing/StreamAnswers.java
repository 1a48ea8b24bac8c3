package io.kvorum.testing;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/** Keeps what a stream of gRPC brings until a test takes it. Thread-safe. */
public final class StreamAnswers<T> implements StreamObserver<T> {
  private final BlockingQueue<Arrival<T>> arrived = new LinkedBlockingQueue<>();

  /** An answer, or else the end of the stream. */
  private record Arrival<T>(@Nullable T answer, Status end) {}

  @Override
  public void onNext(T answer) {
    arrived.add(new Arrival<>(answer, Status.OK));
  }

  @Override
  public void onError(Throwable failure) {
    arrived.add(new Arrival<>(null, Status.fromThrowable(failure)));
  }

  @Override
  public void onCompleted() {
    arrived.add(new Arrival<>(null, Status.OK));
  }

  /**
   * Waits for the next answer; throws StatusRuntimeException if the stream has failed.
   *
   * @throws AssertionError if it has ended, or nothing comes within 20 s
   */
  public T next() {
    Arrival<T> next = Await.next(arrived);
    if (next.answer() != null) {
      return next.answer();
    }
    if (next.end().isOk()) {
      throw new AssertionError("the stream has ended");
    }
    throw new StatusRuntimeException(next.end());
  }
}
