package io.kvorum.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.stub.StreamObserver;
import io.kvorum.proto.etcdserverpb.WatchRequest;
import io.kvorum.proto.etcdserverpb.WatchResponse;
import io.kvorum.proto.mvccpb.Event;
import io.kvorum.testing.Pause;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Watches everything at one member from the first revision on. When the stream breaks it resumes at
 * the revision after the last one it saw. Runs on its own thread; what it has seen may be read from
 * any.
 */
final class WatchLog implements Runnable {

  private static final Duration BEFORE_ANOTHER_TRY = Duration.ofMillis(200);

  private final URI endpoint;
  private final List<Event> events = new ArrayList<>();
  private int resumed = -1;
  private volatile boolean stopped;
  private volatile @Nullable Throwable bug;

  WatchLog(URI endpoint) {
    this.endpoint = endpoint;
  }

  void stop() {
    stopped = true;
  }

  /** What went wrong that no fault explains, or null. */
  @Nullable Throwable bug() {
    return bug;
  }

  synchronized List<Event> events() {
    return List.copyOf(events);
  }

  /** How often it has come back after a broken stream. */
  synchronized int resumed() {
    return resumed;
  }

  synchronized long lastRevision() {
    return events.isEmpty() ? 1 : events.get(events.size() - 1).getKv().getModRevision();
  }

  @Override
  public void run() {
    try {
      while (!stopped) {
        followOnce();
        Pause.of(BEFORE_ANOTHER_TRY.toMillis());
      }
    } catch (InterruptedException | RuntimeException | AssertionError e) {
      bug = e;
    }
  }

  private void followOnce() throws InterruptedException {
    BlockingQueue<WatchResponse> answers = new LinkedBlockingQueue<>();
    try (Client client = new Client(endpoint)) {
      StreamObserver<WatchRequest> stream = client.watch(lastRevision() + 1, answers);
      boolean created = false;
      while (!stopped) {
        WatchResponse answer = answers.poll(BEFORE_ANOTHER_TRY.toMillis(), TimeUnit.MILLISECONDS);
        if (answer == null) {
          continue;
        }
        if (answer.getCanceled()) {
          assertThat(answer.getCompactRevision()).as("nothing was compacted: %s", answer).isZero();
          return;
        }
        if (answer.getCreated() && !created) {
          created = true;
          synchronized (this) {
            resumed++;
          }
        }
        take(answer.getEventsList());
      }
      stream.onCompleted();
    }
  }

  private synchronized void take(List<Event> more) {
    long before = lastRevision();
    for (Event event : more) {
      long revision = event.getKv().getModRevision();
      // The events of one revision come in one answer, and every revision has events.
      assertThat(revision)
          .as("revision of %s, seen at %s after %s", event, endpoint, lastRevision())
          .isGreaterThan(before)
          .isBetween(lastRevision(), lastRevision() + 1);
      events.add(event);
    }
  }
}
