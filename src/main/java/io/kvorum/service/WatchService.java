package io.kvorum.service;

import io.kvorum.auth.Right;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.support.Futures;
import io.kvorum.watch.WatchHub;
import io.kvorum.watch.WatchMessage;
import io.kvorum.watch.WatchSpec;
import io.kvorum.watch.WatchStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * Serves etcd's Watch service: opens streams, each of whose watchers is admitted and noted by
 * itself. Thread-safe; nothing blocks.
 *
 * <p>Held by: WatchServiceTest, WatchCallTest, WatchConversationTest.
 */
public final class WatchService {
  private final WatchHub hub;
  private final Admission admission;
  private final Journal journal;
  private final Access access;

  /**
   * @param access of the member itself
   */
  WatchService(WatchHub hub, Admission admission, Journal journal, Access access) {
    this.hub = hub;
    this.admission = admission;
    this.journal = journal;
    this.access = access;
  }

  /**
   * Opens a stream without watchers.
   *
   * @param wake called when there is a message again, and when the stream is not busy any more
   */
  public Opened open(Caller caller, Runnable wake) {
    return new Opened(this, caller, access.of(caller), hub.open(wake), wake);
  }

  /**
   * The watches of one client's stream. Thread-safe as {@link WatchStream}.
   *
   * <p>Its requests take effect in their order. A watcher whose client this member does not know
   * yet holds up the requests behind it.
   */
  public static final class Opened {
    private static final CompletableFuture<Void> DONE = CompletableFuture.completedFuture(null);

    private final WatchService service;
    private final Caller caller;
    private final Access access;
    private final WatchStream stream;
    private final Runnable wake;
    private final @Nullable Notes notes;

    /** Completes, and never fails, when the last request has taken effect. Guarded by this. */
    private CompletableFuture<Void> last = DONE;

    private Opened(
        WatchService service, Caller caller, Access access, WatchStream stream, Runnable wake) {
      this.service = service;
      this.caller = caller;
      this.access = access;
      this.stream = stream;
      this.wake = wake;
      this.notes = service.journal == Journal.NONE ? null : new Notes();
    }

    /**
     * Creates a watcher, which is answered by a message, also if the caller may not read its range.
     * A watcher that exists is not checked again.
     *
     * @param request the decoded message of the API that asks for it
     * @throws RequestException if it is not admitted
     */
    public void create(Object request, WatchSpec spec) {
      admit(request);
      // Of what is before all revisions nothing is read: that it is compacted is said to anybody.
      if (!access.isEnabled() || spec.startRevision() < 0) {
        then(DONE, () -> stream.create(spec));
        return;
      }
      CompletableFuture<Void> allowed =
          Futures.attempt(
              () ->
                  access.checked(
                      asking -> access.state().require(asking, Right.READ, spec.range()),
                      () -> DONE));
      then(
          allowed.handle((permitted, refusal) -> null),
          () -> {
            ErrorCode refusal = refusalOf(allowed);
            if (refusal == null) {
              stream.create(spec);
            } else {
              stream.refuse(refusal);
            }
          });
    }

    private void admit(Object request) {
      try {
        service.admission.check(caller, request);
      } catch (RuntimeException refusal) {
        begin(request).ended(null, refusal);
        throw refusal;
      }
      Notes noting = notes;
      if (noting != null) {
        then(
            service.journal.namesUsers() ? service.access.recognize(caller) : DONE,
            () -> noting.asked(begin(request)));
      }
    }

    private Journal.Entry begin(Object request) {
      return service.journal.begin(caller, request, Journal.Kind.STREAM);
    }

    private static @Nullable ErrorCode refusalOf(CompletableFuture<Void> allowed) {
      try {
        allowed.join();
        return null;
      } catch (CompletionException failed) {
        return Futures.cause(failed) instanceof RequestException refusal
            ? refusal.code()
            : ErrorCode.INVALID_AUTH_TOKEN;
      }
    }

    private void then(CompletableFuture<Void> known, Runnable step) {
      CompletableFuture<Void> pending;
      synchronized (this) {
        if (last.isDone() && known.isDone()) {
          step.run();
          return;
        }
        pending = CompletableFuture.allOf(last, known).thenRun(step);
        last = pending;
      }
      pending.whenComplete((done, failure) -> wake.run());
    }

    /**
     * True while requests wait for one before them, or for answers to be polled: no further ones
     * should be read meanwhile.
     */
    public synchronized boolean isBusy() {
      return !last.isDone() || stream.isFull();
    }

    /** Answered by a message, unless there is no such watcher. */
    public void cancel(long watchId) {
      then(DONE, () -> stream.cancel(watchId));
    }

    /** Answered by a message once all watchers have all events. */
    public void requestProgress() {
      then(DONE, stream::requestProgress);
    }

    /** The size of the events in the next message; 0 if there is none or it has none. */
    public long nextBytes() {
      return stream.nextBytes();
    }

    /** The next message; null if there is none, and then the stream's {@code wake} is called. */
    public @Nullable WatchMessage poll() {
      WatchMessage message = stream.poll();
      if (message != null && notes != null) {
        notes.answered(message);
      }
      return message;
    }

    /** Ends all watches; again does nothing. */
    public void close() {
      stream.close();
      if (notes != null) {
        notes.closed();
      }
    }
  }

  /** The entries of one stream's watchers, which are answered in the order of their creation. */
  private static final class Notes {
    // Guarded by this.
    private final Queue<Journal.Entry> unanswered = new ArrayDeque<>();
    private final Map<Long, Journal.Entry> byWatcher = new HashMap<>();
    private boolean isClosed;

    void asked(Journal.Entry entry) {
      synchronized (this) {
        if (!isClosed) {
          unanswered.add(entry);
          return;
        }
      }
      entry.ended(null, null);
    }

    void answered(WatchMessage message) {
      Journal.Entry ended;
      RequestException reason = null;
      synchronized (this) {
        if (message instanceof WatchMessage.Created) {
          byWatcher.put(message.watchId(), next());
          return;
        } else if (message instanceof WatchMessage.Refused refused) {
          ended = next();
          reason = new RequestException(refused.reason());
        } else if (message instanceof WatchMessage.Canceled canceled) {
          ended =
              Objects.requireNonNullElse(byWatcher.remove(canceled.watchId()), Journal.Entry.NONE);
          reason =
              canceled.compactRevision() > 0 ? new RequestException(ErrorCode.COMPACTED) : null;
        } else {
          return;
        }
      }
      ended.ended(null, reason);
    }

    private Journal.Entry next() {
      return Objects.requireNonNullElse(unanswered.poll(), Journal.Entry.NONE);
    }

    void closed() {
      List<Journal.Entry> open;
      synchronized (this) {
        isClosed = true;
        open = new ArrayList<>(unanswered);
        open.addAll(byWatcher.values());
        unanswered.clear();
        byWatcher.clear();
      }
      open.forEach(entry -> entry.ended(null, null));
    }
  }
}
