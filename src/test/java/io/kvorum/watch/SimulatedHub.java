package io.kvorum.watch;

import io.kvorum.model.Event;
import io.kvorum.mvcc.ChangeSource;
import io.kvorum.watch.WatchLimits.Budget;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.function.LongSupplier;

/** The real hub of a member that is simulated: without threads, and small enough to run over. */
public final class SimulatedHub {
  private static final Duration INTERVAL = Duration.ofSeconds(2);

  private final Deque<Runnable> passes = new ArrayDeque<>();
  private final WatchHub hub;

  /**
   * @param clock in nanoseconds
   */
  public SimulatedHub(ChangeSource source, LongSupplier clock, Random random) {
    WatchLimits standard = WatchLimits.standard();
    WatchLimits limits =
        new WatchLimits(
            new Budget(1 + random.nextInt(20), 1 << 20),
            new Budget(1 + random.nextInt(8), 1 << 20),
            new Budget(1 + random.nextInt(30), 1 << 20),
            new Budget(1 + random.nextInt(30), 1 << 20),
            standard.queues(),
            new Budget(1 + random.nextInt(40), 1 << 20),
            new Budget(1 + random.nextInt(20), 1 << 20),
            standard.passWatchers());
    hub = new WatchHub(source, INTERVAL, limits, new HubRuntime(clock, random, passes::add));
  }

  public void publish(long revision, List<Event> events) {
    hub.publish(revision, events);
  }

  public void restored() {
    hub.restored();
  }

  /**
   * One step of the hub thread, and one of the thread that reads for those who are late.
   *
   * @return false if there was nothing to do
   */
  public boolean step() {
    boolean worked = hub.step();
    Runnable pass = passes.poll();
    if (pass != null) {
      pass.run();
    }
    return worked || pass != null;
  }

  public WatchHub hub() {
    return hub;
  }
}
