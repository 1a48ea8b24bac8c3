package io.kvorum.boot;

import io.kvorum.derby.DerbyWal;
import io.kvorum.derby.HistoryDirectories;
import io.kvorum.ops.EncryptionFigures;
import io.kvorum.sealing.KeyList;
import io.kvorum.sealing.MasterKey;
import io.kvorum.sealing.MasterKeys;
import io.kvorum.support.Futures;
import io.kvorum.support.Log;
import io.kvorum.support.Reason;
import io.kvorum.support.Threads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * Reads the file of keys again every second, and has everything that is not sealed as new data is
 * sealed anew: the log by {@link DerbyWal#rewrite}, the history by a move to another directory.
 * What is to be done, the databases' lists say; so what was interrupted continues with the next
 * start.
 *
 * <p>Started and closed once, by one thread; {@link #figures} is for any.
 *
 * <p>Held by: EncryptionAtRestIT.
 */
final class KeyRotation implements AutoCloseable {
  private static final Log LOG = Log.of(KeyRotation.class);
  private static final long LEFT_FREE_BYTES = 256L << 20;
  private static final Duration TICK = Duration.ofSeconds(1);
  private static final Duration LOOK = Duration.ofMillis(500);
  private static final Duration SAY_EVERY = Duration.ofSeconds(30);
  private static final Duration END_AT_MOST = Duration.ofSeconds(2);

  private final Databases databases;
  private final Supplier<CompletableFuture<Void>> moveHistory;
  private final ScheduledThreadPoolExecutor thread =
      new ScheduledThreadPoolExecutor(1, Threads.daemons("kvorum-sealing"));

  private volatile double done = 1;
  private volatile boolean isStopping;

  // Of the thread.
  private boolean isRotating;
  private String reported = "";
  private long saidAtNanos;

  /**
   * @param moveHistory has the store move to a history in another directory; completes when the
   *     former one has been deleted
   */
  KeyRotation(Databases databases, Supplier<CompletableFuture<Void>> moveHistory) {
    this.databases = databases;
    this.moveHistory = moveHistory;
  }

  /** Without a file of keys there is nothing to do. */
  void start() {
    if (databases.sealing().isOn()) {
      thread.scheduleWithFixedDelay(this::tick, 0, TICK.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  EncryptionFigures figures() {
    return new EncryptionFigures(databases.sealing().keys().active().map(MasterKey::id), done);
  }

  /** A failure must not end the schedule, but an executor drops a task that throws. */
  private void tick() {
    try {
      look();
      reported = "";
    } catch (IOException | RuntimeException e) {
      report(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void report(Exception failure) {
    String reason = Reason.of(failure);
    if (!reason.equals(reported) && !isStopping) {
      reported = reason;
      LOG.warning("data that is sealed with former keys cannot be sealed anew yet: {}", reason);
    }
    LOG.debug("the rotation of keys failed, will retry", failure);
  }

  private void look() throws IOException, InterruptedException {
    List<KeyList> lists = databases.keyLists();
    databases.sealing().reread(lists);
    MasterKeys keys = databases.sealing().keys();
    List<Path> former =
        lists.stream().filter(list -> !list.isOnly(keys)).map(KeyList::directory).toList();
    if (former.isEmpty()) {
      finish(keys);
      return;
    }
    for (Path directory : former) {
      if (!isStopping) {
        rewrite(directory, keys);
      }
    }
  }

  private void rewrite(Path directory, MasterKeys keys) throws IOException, InterruptedException {
    HistoryDirectories histories = databases.histories();
    if (directory.equals(databases.walDirectory())) {
      begin(keys);
      requireRoom(directory, databases.log().sizeBytes());
      databases.log().rewrite();
    } else if (directory.equals(histories.current())) {
      begin(keys);
      requireRoom(directory, histories.sizeBytes(directory));
      move(directory);
    } else {
      histories.deleteUnused(directory);
    }
  }

  /** A member whose disk is full stops: that is worse than a rotation that waits. */
  private static void requireRoom(Path directory, long bytes) throws IOException {
    long needed = bytes + LEFT_FREE_BYTES;
    long free = Files.getFileStore(directory).getUsableSpace();
    if (free < needed) {
      throw new IOException(
          "it takes %d MiB of free disk at %s, where %d MiB are free"
              .formatted(needed >> 20, directory, free >> 20));
    }
  }

  /** Every write is sealed with the new key meanwhile, and copied as well. */
  private void move(Path former) throws IOException, InterruptedException {
    CompletableFuture<Void> moved = moveHistory.get();
    while (!isStopping) {
      try {
        moved.get(LOOK.toMillis(), TimeUnit.MILLISECONDS);
        return;
      } catch (TimeoutException notYet) {
        measure(former);
      } catch (ExecutionException e) {
        Throwable cause = Futures.cause(e);
        throw new IOException(Reason.of(cause), cause);
      }
    }
  }

  private void measure(Path former) {
    HistoryDirectories histories = databases.histories();
    long all = histories.sizeBytes(former);
    long copied = histories.sizeBytes(histories.incoming());
    done = all == 0 ? 0 : Math.min(0.99, copied / (double) all);
    if (System.nanoTime() - saidAtNanos > SAY_EVERY.toNanos()) {
      saidAtNanos = System.nanoTime();
      LOG.info("rotating keys: {} % of the history is done", Math.round(100 * done));
    }
  }

  private void begin(MasterKeys keys) {
    if (!isRotating) {
      isRotating = true;
      done = 0;
      saidAtNanos = System.nanoTime();
      LOG.info(
          "rewriting all data that is not {} yet",
          keys.active().map(key -> "sealed with the key " + key.id()).orElse("in the clear"));
    }
  }

  private void finish(MasterKeys keys) {
    done = 1;
    if (!isRotating) {
      return;
    }
    isRotating = false;
    if (keys.isPlain()) {
      LOG.info("no data is sealed any more: --encryption-key-file may be removed");
    } else {
      LOG.info(
          "all data is sealed with the key {} now: other keys may be removed from {}; backups that"
              + " were sealed with them still need them",
          keys.keys().get(0).id(),
          keys.source());
    }
  }

  /**
   * Waits a little for what is under way. It is not interrupted: it may be reading the databases,
   * which would be closed by that. When they are closed, what is not complete is as it was.
   */
  @Override
  public void close() {
    isStopping = true;
    thread.shutdown();
    try {
      if (!thread.awaitTermination(END_AT_MOST.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.debug("the rotation of keys ends with the databases");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
