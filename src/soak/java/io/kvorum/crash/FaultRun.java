package io.kvorum.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.crash.ClusterClient.Habits;
import io.kvorum.crash.ClusterClient.Records;
import io.kvorum.testing.LocalCluster;
import io.kvorum.testing.Pause;
import io.kvorum.testing.Refusals;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Runs clients that read, write and watch a cluster while faults happen to it, and compares all
 * that they saw with what the members hold at the end. Not thread-safe.
 */
final class FaultRun {

  private static final int CLIENTS_OF_ALL = 3;
  private static final Duration WRITABLE_AT_MOST = Duration.ofSeconds(60);
  private static final int CALM_MILLIS_AT_MOST = 1_200;
  private static final Duration PATIENCE = Duration.ofSeconds(9);
  private static final Duration PACE = Duration.ofMillis(15);

  private final LocalCluster cluster;
  private final Faults faults;
  private final SplittableRandom random;
  private final Records records = new Records(new Journal(), new Timeline(), new Refusals());
  private final List<ClusterClient> clients = new ArrayList<>();
  private final List<WatchLog> watches = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private int happened;

  FaultRun(LocalCluster cluster, Faults faults, SplittableRandom random) {
    this.cluster = cluster;
    this.faults = faults;
    this.random = random;
  }

  /** Injects faults, at least so many and for so long, and checks everything then. */
  void run(int least, Duration atLeast) throws IOException, InterruptedException {
    long start = System.nanoTime();
    startClients();
    try {
      while (happened < least || System.nanoTime() - start < atLeast.toNanos()) {
        Pause.of(random.nextInt(CALM_MILLIS_AT_MOST));
        letHappen(faults.next(), start);
      }
      stopClients();
      check();
    } finally {
      clients.forEach(ClusterClient::stop);
      watches.forEach(WatchLog::stop);
    }
  }

  private void letHappen(Faults.Fault fault, long start) throws IOException, InterruptedException {
    long begin = System.nanoTime();
    int before = records.timeline().changes();
    System.out.printf("%6.1f s  %s", seconds(begin - start), fault.name());
    fault.happen();
    long over = System.nanoTime();
    cluster.awaitServing();
    System.out.printf(
        ": over after %.1f s, all serve %.1f s later, %d writes meanwhile%n",
        seconds(over - begin),
        seconds(System.nanoTime() - over),
        records.timeline().changes() - before);
    assertThat(records.timeline().awaitMoreChanges(1, WRITABLE_AT_MOST))
        .as("a write within %s after %s%s", WRITABLE_AT_MOST, fault.name(), cluster.lastOutput())
        .isTrue();
    noBugs();
    happened++;
  }

  private static double seconds(long nanos) {
    return nanos / (double) TimeUnit.SECONDS.toNanos(1);
  }

  /** Some clients know all members, and each member has one that knows no other. */
  private void startClients() {
    List<List<URI>> known = new ArrayList<>();
    for (int i = 0; i < CLIENTS_OF_ALL; i++) {
      List<URI> rotated = new ArrayList<>(cluster.clients());
      Collections.rotate(rotated, i);
      known.add(rotated);
    }
    cluster.clients().forEach(one -> known.add(List.of(one)));
    for (List<URI> endpoints : known) {
      String name = "c" + clients.size();
      clients.add(
          new ClusterClient(endpoints, new Habits(PATIENCE, PACE), name, records, random.split()));
    }
    cluster.clients().forEach(endpoint -> watches.add(new WatchLog(endpoint)));
    clients.forEach(client -> startThread(client, "client"));
    watches.forEach(watch -> startThread(watch, "watch"));
  }

  private void startThread(Runnable work, String name) {
    Thread thread = new Thread(work, name + " " + threads.size());
    thread.setDaemon(true);
    threads.add(thread);
    thread.start();
  }

  private void stopClients() throws InterruptedException {
    clients.forEach(ClusterClient::stop);
    for (Thread thread : threads.subList(0, clients.size())) {
      thread.join(PATIENCE.multipliedBy(4).toMillis());
      assertThat(thread.isAlive()).as("%s still runs", thread.getName()).isFalse();
    }
  }

  private void noBugs() {
    for (ClusterClient client : clients) {
      throwIf(client.bug());
    }
    for (WatchLog watch : watches) {
      throwIf(watch.bug());
    }
  }

  private void throwIf(@Nullable Throwable bug) {
    if (bug != null) {
      throw new AssertionError("a client saw what no fault explains" + cluster.lastOutput(), bug);
    }
  }

  private void check() throws InterruptedException {
    long revision = new ClusterCheck(cluster).check(records.journal(), records.timeline(), watches);
    noBugs();
    report(revision);
  }

  private void report(long revision) {
    System.out.printf(
        "%d faults, revision %d, %d answered calls, %d acknowledged and %d unanswered writes,"
            + " no write for at most %.1f s, watches resumed %s times%n%s",
        happened,
        revision,
        records.timeline().calls().size(),
        records.journal().acknowledged().size(),
        records.journal().unanswered().size(),
        seconds(records.timeline().longestSilence().toNanos()),
        watches.stream().map(WatchLog::resumed).toList(),
        records.refusals());
  }
}
