package io.kvorum.crash;

import io.grpc.StatusRuntimeException;
import java.net.URI;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * A client that writes without a pause until the server is gone, and notes each answer. Confined to
 * its thread.
 */
final class Writer implements Runnable {

  private final Client client;
  private final Journal journal;
  private final RandomWrites writes;
  private volatile @Nullable Throwable bug;

  /**
   * A writer to be.
   *
   * @param compactUpTo the latest revision that it may compact to
   */
  Writer(URI endpoint, Journal journal, String name, long compactUpTo, SplittableRandom random) {
    this.client = new Client(endpoint);
    this.journal = journal;
    this.writes = new RandomWrites(name, compactUpTo, random);
  }

  @Override
  public void run() {
    try (client) {
      boolean answered = true;
      while (answered) {
        answered = attempt(writes.next(client::modRevision));
      }
    } catch (StatusRuntimeException e) {
      if (!Client.leavesOpen(e)) {
        bug = e;
      }
    } catch (RuntimeException e) {
      bug = e;
    }
  }

  /** What went wrong that no crash explains, or null. */
  @Nullable Throwable bug() {
    return bug;
  }

  private boolean attempt(Write write) {
    try {
      journal.acknowledged(write, client.perform(write).madeRevision());
      writes.acknowledged(write);
      return true;
    } catch (StatusRuntimeException e) {
      if (write instanceof Write.Compact && !Client.leavesOpen(e)) {
        return true; // Another writer has compacted further.
      }
      journal.unanswered(write);
      if (!Client.leavesOpen(e)) {
        bug = e;
      }
      return false;
    }
  }
}
