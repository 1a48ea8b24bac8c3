package io.kvorum.peer.grpc.snapshot;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import io.kvorum.model.Revision;
import io.kvorum.mvcc.StoreSnapshot;
import io.kvorum.mvcc.history.RevisionHistory;
import io.kvorum.peer.SnapshotSource;
import io.kvorum.peer.grpc.link.CallIdentity;
import io.kvorum.peer.grpc.link.LinkContext;
import io.kvorum.peer.grpc.link.Refusal.RefusedException;
import io.kvorum.peer.grpc.wire.SnapshotRecords;
import io.kvorum.proto.peer.PullRequest;
import io.kvorum.proto.peer.StatePart;
import io.kvorum.support.Log;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Sends snapshots of the store to members that request one, a few at a time: each takes a worker,
 * holds compaction back, and reads the disk. Thread-safe.
 *
 * <pre>
 *   receiver                                   sender
 *     at least that index    ──►
 *                            ◄──   header, facts
 *     resume after revision  ──►
 *                            ◄──   pages … end
 * </pre>
 *
 * <p>Held by: PeerSnapshotTransferTest.
 */
public final class SnapshotSender implements ServerCallHandler<PullRequest, StatePart> {
  private static final Log LOG = Log.of(SnapshotSender.class);
  private static final int MAX_AT_A_TIME = 2;
  private static final int PART_BYTES = 1 << 20;

  private final SnapshotSource source;
  private final LinkContext context;
  private final TransferMeter.Direction meter;
  private final Duration stallTimeout;
  private final Semaphore places = new Semaphore(MAX_AT_A_TIME);

  public SnapshotSender(SnapshotSource source, LinkContext context, TransferMeter.Direction meter) {
    this.source = source;
    this.context = context;
    this.meter = meter;
    this.stallTimeout = context.settings().stallTimeout();
  }

  @Override
  public ServerCall.Listener<PullRequest> startCall(
      ServerCall<PullRequest, StatePart> call, Metadata headers) {
    try {
      Transfer transfer = new Transfer(call, CallIdentity.in(headers).senderId());
      call.request(2);
      return transfer;
    } catch (RefusedException refusal) {
      refusal.close(call);
      return new ServerCall.Listener<>() {};
    }
  }

  /** The receiver gave up, or its connection broke. */
  private static final class CancelledException extends IOException {
    private static final long serialVersionUID = 1L;

    CancelledException() {
      super("cancelled by the receiver");
    }
  }

  /**
   * Sends one snapshot. A worker reads and waits; event loops wake it. Fields that are not guarded
   * by the lock are the worker's.
   */
  private final class Transfer extends ServerCall.Listener<PullRequest> {
    private final ServerCall<?, StatePart> call;
    private final long receiverId;

    /** On the event loop. */
    private boolean isStarted;

    // Under the lock.
    private @Nullable Revision resumeAfter;
    private boolean isCancelled;
    private boolean isClosed;

    Transfer(ServerCall<?, StatePart> call, long receiverId) {
      this.call = call;
      this.receiverId = receiverId;
    }

    @Override
    public void onMessage(PullRequest request) {
      if (request.hasAfter()) {
        resume(SnapshotRecords.revision(request.getAfter()));
      } else if (request.hasAtLeastIndex() && !isStarted) {
        isStarted = true;
        start(request.getAtLeastIndex());
      } else {
        end(Status.INVALID_ARGUMENT.withDescription("malformed request for a snapshot"));
      }
    }

    @Override
    public synchronized void onReady() {
      notifyAll();
    }

    @Override
    public synchronized void onCancel() {
      isCancelled = true;
      notifyAll();
    }

    private synchronized void resume(Revision after) {
      resumeAfter = after;
      notifyAll();
    }

    private void start(long atLeastIndex) {
      if (!places.tryAcquire()) {
        end(
            Status.RESOURCE_EXHAUSTED.withDescription(
                "already sending snapshots to %d members".formatted(MAX_AT_A_TIME)));
        return;
      }
      try {
        context
            .workers()
            .execute(
                () -> {
                  TransferMeter.Attempt counted = meter.with(receiverId).begin();
                  boolean isDone = false;
                  try {
                    isDone = run(atLeastIndex, counted);
                  } finally {
                    counted.end(isDone);
                    places.release();
                  }
                });
      } catch (RejectedExecutionException stopped) {
        places.release();
        end(Status.UNAVAILABLE.withDescription("the member is stopping"));
      }
    }

    /** Closes the call, unless it is closed. */
    private synchronized void end(Status status) {
      if (!isClosed) {
        isClosed = true;
        isCancelled = true;
        call.close(status, new Metadata());
        notifyAll();
      }
    }

    /** Sends everything; returns true if all of it went out. */
    private boolean run(long atLeastIndex, TransferMeter.Attempt counted) {
      String receiver = context.nameOf(receiverId);
      long began = System.nanoTime();
      try (StoreSnapshot snapshot = source.open(atLeastIndex)) {
        StoreSnapshot.Header header = snapshot.header();
        LOG.info(
            "sending snapshot up to entry {} to member {}, about {} MiB",
            header.index(),
            receiver,
            header.bytes() >> 20);
        counted.expect(header.bytes());
        long bytes = send(snapshot, header, counted);
        LOG.info(
            "sent snapshot up to entry {} to member {}: {} MiB in {} ms",
            header.index(),
            receiver,
            bytes >> 20,
            TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began));
        end(Status.OK);
        return true;
      } catch (CancelledException gone) {
        LOG.info("member {} cancelled the snapshot transfer", receiver);
      } catch (IOException failure) {
        LOG.warning("sending a snapshot to member {} failed: {}", receiver, failure.getMessage());
        end(Status.UNAVAILABLE.withDescription(String.valueOf(failure.getMessage())));
      } catch (InterruptedException stopped) {
        LOG.info("stopped sending a snapshot to member {}: this member is stopping", receiver);
        end(Status.UNAVAILABLE.withDescription("the member is stopping"));
        Thread.currentThread().interrupt();
      } catch (RuntimeException bug) {
        LOG.error("bug: sending a snapshot to member {} failed", receiver, bug);
        end(Status.INTERNAL.withDescription(bug.toString()));
      }
      return false;
    }

    /** Returns the bytes of all pages. */
    private long send(
        StoreSnapshot snapshot, StoreSnapshot.Header header, TransferMeter.Attempt counted)
        throws IOException, InterruptedException {
      synchronized (this) {
        checkWanted();
        call.sendHeaders(new Metadata());
      }
      for (StatePart part : SnapshotRecords.encode(header, PART_BYTES)) {
        send(part);
      }
      Revision after = awaitResume();
      long sent = 0;
      while (true) {
        List<RevisionHistory.Page> pages = snapshot.pagesAfter(after, PART_BYTES);
        if (pages.isEmpty()) {
          return sent;
        }
        send(SnapshotRecords.encode(pages));
        long bytes = pages.stream().mapToLong(page -> page.data().length).sum();
        counted.moved(bytes);
        sent += bytes;
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
      while (resumeAfter == null) {
        await(deadline);
      }
      return resumeAfter;
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
}
