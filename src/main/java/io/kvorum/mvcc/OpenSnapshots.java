package io.kvorum.mvcc;

import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Who wants to read the whole store and who is at it. Thread-safe; readings are opened by the
 * history thread, between two batches.
 */
final class OpenSnapshots {
  /** Makes a reading of what is durable now. */
  interface Opener {
    StoreSnapshot open(Runnable onClose) throws IOException;
  }

  private record Request(long index, CompletableFuture<StoreSnapshot> reading) {}

  private final Runnable wakeHistoryThread;
  private final List<Request> waiting = new ArrayList<>();
  private int open;
  private boolean stopped;

  OpenSnapshots(Runnable wakeHistoryThread) {
    this.wakeHistoryThread = wakeHistoryThread;
  }

  /** Completes on the history thread, once everything up to the index is durable. */
  CompletableFuture<StoreSnapshot> request(long index) {
    CompletableFuture<StoreSnapshot> reading = new CompletableFuture<>();
    synchronized (this) {
      if (stopped) {
        return CompletableFuture.failedFuture(new RequestException(ErrorCode.STOPPED));
      }
      waiting.add(new Request(index, reading));
    }
    wakeHistoryThread.run();
    return reading;
  }

  /** False as long as pages must stay as they are. */
  synchronized boolean isNoneOpen() {
    return open == 0;
  }

  /** Opens the readings that were waiting for this index. */
  void serve(long durableIndex, Opener opener) throws IOException {
    for (CompletableFuture<StoreSnapshot> due : takeDue(durableIndex)) {
      StoreSnapshot reading;
      try {
        reading = opener.open(this::closed);
      } catch (IOException | RuntimeException e) {
        due.completeExceptionally(e);
        throw e;
      }
      if (!due.complete(reading)) {
        reading.close();
      }
    }
  }

  private synchronized List<CompletableFuture<StoreSnapshot>> takeDue(long durableIndex) {
    List<CompletableFuture<StoreSnapshot>> due = new ArrayList<>();
    for (Iterator<Request> requests = waiting.iterator(); requests.hasNext(); ) {
      Request request = requests.next();
      if (request.index() <= durableIndex) {
        due.add(request.reading());
        requests.remove();
      }
    }
    open += due.size();
    return due;
  }

  private void closed() {
    boolean last;
    synchronized (this) {
      open--;
      last = open == 0;
    }
    if (last) {
      wakeHistoryThread.run();
    }
  }

  /** The history thread has ended: who still waits gets STOPPED. */
  void stop() {
    List<Request> left;
    synchronized (this) {
      stopped = true;
      left = List.copyOf(waiting);
      waiting.clear();
    }
    left.forEach(r -> r.reading().completeExceptionally(new RequestException(ErrorCode.STOPPED)));
  }
}
