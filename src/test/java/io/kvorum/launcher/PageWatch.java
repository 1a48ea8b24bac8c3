package io.kvorum.launcher;

import io.kvorum.testing.Await;
import io.kvorum.testing.Pause;
import io.kvorum.testing.ServerProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Asks a member for its pages as probes do, each by itself, from before it is there until it is
 * closed, and keeps each distinct answer. Thread-safe.
 */
final class PageWatch implements AutoCloseable {
  private static final List<String> PAGES =
      List.of("/livez", "/livez/serializable_read", "/readyz", "/health", "/version");

  private static final String READY = "/readyz 200 ok";
  private static final long MILLIS_BETWEEN_ROUNDS = 10;
  private static final Duration ANSWER_AT_MOST = Duration.ofSeconds(60);

  private final URI member;
  private final HttpClient http = HttpClient.newHttpClient();
  private final List<Thread> threads = new ArrayList<>();
  private final Set<String> seen = new LinkedHashSet<>();
  private final List<String> returnedFromReady = new ArrayList<>();
  private volatile boolean isStopped;

  PageWatch(URI member) {
    this.member = member;
    for (String page : PAGES) {
      Thread thread = new Thread(() -> run(page), page);
      thread.setDaemon(true);
      threads.add(thread);
      thread.start();
    }
  }

  /**
   * The distinct answers, as in {@code /readyz 503 [-]non_learner failed: ...}: path, status, and
   * of the body the last line with a text; of {@code /version} without it.
   */
  List<String> seen() {
    synchronized (seen) {
      return List.copyOf(seen);
    }
  }

  /** Answers that say "not ready" after one that said "ready". */
  List<String> returnedFromReady() {
    synchronized (seen) {
      return List.copyOf(returnedFromReady);
    }
  }

  void awaitFirstAnswer() {
    Await.until("a page", ServerProcess.PATIENCE, () -> !seen().isEmpty());
  }

  void awaitReady() {
    Await.until("/readyz is 200", ServerProcess.PATIENCE, () -> seen().contains(READY));
  }

  /** Returns when no more is asked. */
  void stop() throws InterruptedException {
    isStopped = true;
    for (Thread thread : threads) {
      thread.join(ANSWER_AT_MOST.toMillis());
    }
  }

  /** Each page by itself: one that takes its time does not keep the others. */
  private void run(String page) {
    while (!isStopped) {
      ask(page);
      Pause.of(MILLIS_BETWEEN_ROUNDS);
    }
  }

  private void ask(String page) {
    try {
      HttpRequest request =
          HttpRequest.newBuilder(member.resolve(page)).timeout(ANSWER_AT_MOST).build();
      HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
      String last = answer.body().strip().lines().reduce("", (before, line) -> line);
      note(page + " " + answer.statusCode() + (page.equals("/version") ? "" : " " + last));
    } catch (IOException notThere) {
      // Nothing listens yet, or no more.
    } catch (InterruptedException e) {
      isStopped = true;
    }
  }

  private void note(String answer) {
    synchronized (seen) {
      if (seen.contains(READY) && answer.startsWith("/readyz 503")) {
        returnedFromReady.add(answer);
      }
      seen.add(answer);
    }
  }

  @Override
  public void close() throws InterruptedException {
    stop();
  }
}
