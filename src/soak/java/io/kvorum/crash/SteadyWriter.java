package io.kvorum.crash;

import io.grpc.StatusRuntimeException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Puts through one member, one after the other, and knows when each was answered. What fails is
 * counted, and the next put follows. Runs on a thread of its own; what it knows may be read from
 * any.
 */
final class SteadyWriter implements Runnable {

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration PACE = Duration.ofMillis(2);

  private final URI endpoint;
  private final String name;
  private final Refusals refusals;
  private final List<Long> answers = new ArrayList<>();
  private volatile boolean stopped;

  SteadyWriter(URI endpoint, String name, Refusals refusals) {
    this.endpoint = endpoint;
    this.name = name;
    this.refusals = refusals;
  }

  void stop() {
    stopped = true;
  }

  /** When puts were answered, in order, on this JVM's clock. */
  synchronized List<Long> answers() {
    return List.copyOf(answers);
  }

  /** How many were answered after that moment. */
  synchronized long answeredSince(long nanos) {
    return answers.stream().filter(at -> at - nanos > 0).count();
  }

  @Override
  public void run() {
    try (Client client = new Client(endpoint, PATIENCE)) {
      for (int i = 0; !stopped; i++) {
        long next = System.nanoTime() + PACE.toNanos();
        try {
          client.perform(new Write.Put("failover/" + name, "value " + i, 0));
          synchronized (this) {
            answers.add(System.nanoTime());
          }
        } catch (StatusRuntimeException e) {
          refusals.add(e);
        }
        Pause.until(next);
      }
    }
  }
}
