package io.kvorum.peer;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.kvorum.model.Revision;
import io.kvorum.mvcc.StoreSnapshot;
import io.kvorum.mvcc.history.RevisionHistory;
import io.kvorum.proto.peer.StatePart;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One state on its way to another member. A worker reads and waits; event loops wake it. What is
 * not under the lock is the worker's.
 */
final class StateSending {
  private static final System.Logger LOG = System.getLogger(StateSending.class.getName());
  private static final int PART_BYTES = 1 << 20;

  private final ServerCall<?, StatePart> call;
  private final String receiver;
  private final Duration stallTimeout;

  private @Nullable Revision resume;
  private boolean isCancelled;
  private boolean isClosed;

  StateSending(ServerCall<?, StatePart> call, String receiver, Duration stallTimeout) {
    this.call = call;
    this.receiver = receiver;
    this.stallTimeout = stallTimeout;
  }

  /** The receiver gave up, or its connection broke. */
  private static final class CancelledException extends IOException {
    private static final long serialVersionUID = 1L;

    CancelledException() {
      super("cancelled by the receiver");
    }
  }

  synchronized void goOnAfter(Revision after) {
    resume = after;
    notifyAll();
  }

  synchronized void wake() {
    notifyAll();
  }

  synchronized void cancel() {
    isCancelled = true;
    notifyAll();
  }

  /** Ends the call, unless it has ended. */
  synchronized void end(Status status) {
    if (!isClosed) {
      isClosed = true;
      isCancelled = true;
      call.close(status, new Metadata());
      notifyAll();
    }
  }

  /** Sends everything; true if all of it went out. */
  boolean run(SnapshotSource source, long atLeastIndex, TransferMeter.Attempt meter) {
    long began = System.nanoTime();
    try (StoreSnapshot reading = source.open(atLeastIndex)) {
      StoreSnapshot.Header header = reading.header();
      LOG.log(
          Level.INFO,
          "sending the state of index {0} to member {1}, about {2} MiB",
          Long.toString(header.index()),
          receiver,
          Long.toString(header.bytes() >> 20));
      meter.expect(header.bytes());
      long bytes = send(reading, header, meter);
      LOG.log(
          Level.INFO,
          "sent the state of index {0} to member {1}: {2} MiB in {3} ms",
          Long.toString(header.index()),
          receiver,
          Long.toString(bytes >> 20),
          Long.toString(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began)));
      end(Status.OK);
      return true;
    } catch (CancelledException gone) {
      LOG.log(Level.INFO, "member {0} does not want the state any more", receiver);
    } catch (IOException failure) {
      LOG.log(Level.WARNING, "the state does not get to member {0}: {1}", receiver, failure);
      end(Status.UNAVAILABLE.withDescription(String.valueOf(failure.getMessage())));
    } catch (InterruptedException stopped) {
      LOG.log(Level.INFO, "the state does not get to member {0}: stopping", receiver);
      end(Status.UNAVAILABLE.withDescription("the member is stopping"));
      Thread.currentThread().interrupt();
    } catch (RuntimeException bug) {
      LOG.log(Level.ERROR, "bug: the state does not get to member " + receiver, bug);
      end(Status.INTERNAL.withDescription(bug.toString()));
    }
    return false;
  }

  private long send(StoreSnapshot reading, StoreSnapshot.Header header, TransferMeter.Attempt meter)
      throws IOException, InterruptedException {
    synchronized (this) {
      checkWanted();
      call.sendHeaders(new Metadata());
    }
    for (StatePart part : StateRecords.encode(header, PART_BYTES)) {
      send(part);
    }
    Revision after = awaitResume();
    long bytes = 0;
    long sent = 0;
    while (true) {
      List<RevisionHistory.Page> pages = reading.pagesAfter(after, PART_BYTES);
      if (pages.isEmpty()) {
        return bytes;
      }
      for (RevisionHistory.Page page : pages) {
        bytes += page.data().length;
      }
      send(StateRecords.encode(pages));
      meter.moved(bytes - sent);
      sent = bytes;
      after = pages.get(pages.size() - 1).first();
    }
  }

  private synchronized void send(StatePart part) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + stallTimeout.toNanos();
    checkWanted();
    while (!call.isReady()) {
      await(deadline);
    }
    call.sendMessage(part);
  }

  private synchronized Revision awaitResume() throws IOException, InterruptedException {
    long deadline = System.nanoTime() + stallTimeout.toNanos();
    while (resume == null) {
      await(deadline);
    }
    return resume;
  }

  /** Holding the lock. */
  private void await(long deadlineNanos) throws IOException, InterruptedException {
    long left = deadlineNanos - System.nanoTime();
    if (left <= 0) {
      throw new IOException("the receiver took nothing for " + stallTimeout.toMillis() + " ms");
    }
    TimeUnit.NANOSECONDS.timedWait(this, left);
    checkWanted();
  }

  private void checkWanted() throws CancelledException {
    if (isCancelled) {
      throw new CancelledException();
    }
  }
}
