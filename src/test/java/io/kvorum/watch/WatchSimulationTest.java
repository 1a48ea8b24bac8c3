package io.kvorum.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.model.Bytes;
import io.kvorum.model.Event;
import io.kvorum.model.KeyRange;
import io.kvorum.watch.WatchLimits.Budget;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * The hub as one schedule of steps that a seed decides: commits, publications, hub steps, catch-up
 * passes, creations, cancellations, slow readers, compactions, installed states, in any order.
 * Limits are tiny, so that each of them is hit all the time. {@link CheckingClient} holds what
 * comes out against the history.
 *
 * <p>To see one seed again: {@code -Dkvorum.watch.seed=N}.
 */
class WatchSimulationTest {
  private static final int SEEDS = 300;
  private static final int STEPS = 500;
  private static final Duration INTERVAL = Duration.ofSeconds(10);

  private long events;
  private long compactionCancels;
  private long progress;
  private long installed;
  private int largestMessageRevisions;

  @Test
  void eachWatcherSeesExactlyItsEventsWhateverTheScheduleIs() {
    Long only = Long.getLong("kvorum.watch.seed");
    long first = only == null ? 1 : only;
    long last = only == null ? SEEDS : only;
    for (long seed = first; seed <= last; seed++) {
      try {
        Simulation simulation = new Simulation(seed);
        simulation.run();
        installed += simulation.installed;
        for (CheckingClient client : simulation.everyClient) {
          events += client.eventCount();
          compactionCancels += client.compactionCancels();
          progress += client.progressCount();
          largestMessageRevisions =
              Math.max(largestMessageRevisions, client.largestMessageRevisions());
        }
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("with -Dkvorum.watch.seed=" + seed, e);
      }
    }
    if (only == null) {
      assertThat(events).isGreaterThan(50L * SEEDS);
      assertThat(compactionCancels).isGreaterThan(SEEDS);
      assertThat(progress).isGreaterThan(SEEDS);
      assertThat(largestMessageRevisions).isGreaterThan(1);
      assertThat(installed).isGreaterThan(SEEDS);
    }
  }

  private static final class Simulation {
    private static final int KEYS = 8;

    private final Random random;
    private final RecordedEvents history = new RecordedEvents();
    private final Deque<Runnable> passes = new ArrayDeque<>();
    private final Deque<Long> unpublished = new ArrayDeque<>();
    private final List<CheckingClient> clients = new ArrayList<>();
    private final List<CheckingClient> everyClient = new ArrayList<>();
    private final WatchHub hub;
    private final WatchLimits limits;
    private final double knownPrevKv;
    private long nanos;
    private int installed;

    Simulation(long seed) {
      random = new Random(seed);
      limits =
          new WatchLimits(
              new Budget(4 + random.nextInt(8), 2_000),
              new Budget(1 + random.nextInt(4), 1_000),
              new Budget(1 + random.nextInt(6), 600),
              new Budget(1 + random.nextInt(12), 2_000),
              2_000,
              new Budget(1 + random.nextInt(8), 1_500),
              new Budget(1 + random.nextInt(6), 600),
              1 + random.nextInt(4));
      knownPrevKv = random.nextInt(3) / 2.0;
      hub =
          new WatchHub(history, INTERVAL, limits, new HubRuntime(() -> nanos, random, passes::add));
    }

    void run() {
      for (int i = 0; i < STEPS; i++) {
        step();
      }
      settle();
      for (CheckingClient client : clients) {
        client.expectComplete(history.lastRevision());
      }
      assertThat(hub.stats().slowWatchers()).isZero();
      assertThat(hub.stats().pendingEvents()).isZero();
      expectProgressOfAll();
    }

    private void step() {
      int choice = random.nextInt(100);
      if (choice < 18) {
        if (random.nextInt(40) == 0) {
          installAState();
        } else {
          commit();
        }
      } else if (choice < 42) {
        publish();
      } else if (choice < 60) {
        hub.step();
      } else if (choice < 68) {
        runPass();
      } else if (choice < 86) {
        read();
      } else {
        actAsClient(choice);
      }
    }

    private void actAsClient(int choice) {
      if (choice < 87 || clients.isEmpty()) {
        CheckingClient client = new CheckingClient(hub, history);
        clients.add(client);
        everyClient.add(client);
        return;
      }
      CheckingClient client = clients.get(random.nextInt(clients.size()));
      if (choice < 92) {
        client.create(anySpec());
      } else if (choice < 94) {
        client.cancel(random.nextInt(4));
      } else if (choice < 96) {
        client.requestProgress();
      } else if (choice < 97) {
        compact();
      } else if (choice < 99) {
        nanos += random.nextLong(INTERVAL.toNanos());
      } else if (random.nextInt(4) == 0) {
        client.close();
        clients.remove(client);
      }
    }

    /** The Raft thread makes a batch visible at once, then publishes revision by revision. */
    private void commit() {
      int revisions = 1 + random.nextInt(4);
      for (int i = 0; i < revisions; i++) {
        List<RecordedEvents.Write> writes = new ArrayList<>();
        for (int key = random.nextInt(KEYS); key < KEYS; key += 1 + random.nextInt(2 * KEYS)) {
          Bytes value = random.nextInt(3) == 0 ? null : Bytes.utf8("v" + random.nextInt(1000));
          writes.add(new RecordedEvents.Write(key(key), value));
        }
        long revision = history.write(writes);
        if (revision > 0) {
          unpublished.add(revision);
        }
      }
      history.makeVisible(history.lastRevision());
    }

    /** The Raft thread has published all it applied; later revisions of the snapshot never are. */
    private void installAState() {
      while (!unpublished.isEmpty()) {
        publish();
      }
      commit();
      unpublished.clear();
      if (random.nextBoolean()) {
        compact();
      }
      hub.restored();
      installed++;
    }

    private void publish() {
      Long revision = unpublished.poll();
      if (revision != null) {
        List<Event> published = new ArrayList<>();
        for (Event event : history.events(revision)) {
          boolean known = random.nextDouble() < knownPrevKv;
          published.add(known ? event : new Event(event.kv(), null));
        }
        hub.publish(revision, published);
      }
    }

    private void runPass() {
      Runnable pass = passes.poll();
      if (pass != null) {
        pass.run();
      }
    }

    private void read() {
      if (!clients.isEmpty()) {
        clients.get(random.nextInt(clients.size())).read(1 + random.nextInt(6));
        long most = hub.stats().streams() * (limits.queue().count() + 200L);
        assertThat(hub.stats().pendingEvents()).isLessThan(most);
      }
    }

    private void compact() {
      long compacted = Math.max(1, history.compactedRevision());
      if (history.revision() > compacted) {
        history.compact(compacted + 1 + random.nextLong(history.revision() - compacted));
      }
    }

    private WatchSpec anySpec() {
      long start =
          switch (random.nextInt(8)) {
            case 0, 1, 2 -> 0;
            case 3 -> history.revision() + random.nextInt(20);
            case 4 -> Math.max(1, history.compactedRevision()) + random.nextInt(3);
            case 5 -> random.nextInt(20) == 0 ? -1 : 1;
            default -> 1 + random.nextLong(history.revision());
          };
      return new WatchSpec(
          random.nextInt(3) == 0 ? random.nextInt(6) : 0,
          anyRange(),
          start,
          random.nextBoolean(),
          random.nextBoolean(),
          random.nextInt(6) == 0,
          random.nextInt(6) == 0,
          random.nextBoolean());
    }

    private KeyRange anyRange() {
      Bytes from = random.nextInt(12) == 0 ? Bytes.EMPTY : key(random.nextInt(KEYS));
      return switch (random.nextInt(4)) {
        case 0, 1 -> KeyRange.single(from);
        case 2 -> new KeyRange(from, Bytes.EMPTY);
        default -> new KeyRange(from, key(random.nextInt(KEYS + 1)));
      };
    }

    private static Bytes key(int number) {
      return Bytes.utf8("k" + number);
    }

    /** Lets everybody finish, and fails if they never do. */
    private void settle() {
      while (!unpublished.isEmpty()) {
        publish();
      }
      boolean worked = true;
      for (int round = 0; worked; round++) {
        assertThat(round).as("rounds without coming to rest").isLessThan(100_000);
        worked = hub.step();
        worked |= !passes.isEmpty();
        runPass();
        for (CheckingClient client : clients) {
          worked |= client.read(100) > 0;
        }
      }
    }

    private void expectProgressOfAll() {
      for (CheckingClient client : clients) {
        client.requestProgress();
        long before = client.progressCount();
        settle();
        if (!client.openIds().isEmpty() && client.progressCount() > before) {
          assertThat(client.lastProgress()).isEqualTo(history.lastRevision());
        }
      }
    }
  }
}
