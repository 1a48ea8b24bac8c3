package io.kvorum.load;

import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * One client that sends a request, waits for the answer, and sends the next: one call in flight.
 * Confined to the event loop of its connection.
 */
final class Caller implements Connection.Answer {

  private final Connection connection;
  private final Requests requests;
  private final RunControl control;
  private final Meter meter;
  private final SplittableRandom random;

  private long sentAtNanos;
  private int leastAnswerBytes;

  Caller(
      Connection connection,
      Requests requests,
      RunControl control,
      Meter meter,
      SplittableRandom random) {
    this.connection = connection;
    this.requests = requests;
    this.control = control;
    this.meter = meter;
    this.random = random;
  }

  void start() {
    connection
        .eventLoop()
        .execute(
            () -> {
              sendNext();
              connection.flush();
            });
  }

  private void sendNext() {
    Request request = control.running() && connection.open() ? requests.next(random) : null;
    if (request == null) {
      control.callerStopped();
      return;
    }
    leastAnswerBytes = request.leastAnswerBytes();
    sentAtNanos = System.nanoTime();
    connection.call(request, this);
  }

  @Override
  public void ended(int bytes, @Nullable String failure) {
    long nanos = System.nanoTime() - sentAtNanos;
    // A dead connection is a failure of the run even while it warms up.
    if (control.counting() || !connection.open()) {
      if (failure != null) {
        meter.failed(failure);
      } else if (bytes < leastAnswerBytes) {
        meter.failed("an answer of " + bytes + " bytes, expected " + leastAnswerBytes);
      } else {
        meter.succeeded(nanos);
      }
    }
    sendNext();
  }
}
