package io.kvorum.service;

import io.kvorum.auth.Right;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.support.Futures;
import io.kvorum.watch.WatchHub;
import io.kvorum.watch.WatchMessage;
import io.kvorum.watch.WatchSpec;
import io.kvorum.watch.WatchStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * Serves etcd's Watch service: opens streams, each of whose watchers is admitted by itself.
 * Thread-safe; nothing blocks.
 *
 * <p>Held by: WatchCallTest, WatchConversationTest.
 */
public final class WatchService {
  private final WatchHub hub;
  private final Admission admission;
  private final Access access;

  /**
   * @param access of the member itself
   */
  WatchService(WatchHub hub, Admission admission, Access access) {
    this.hub = hub;
    this.admission = admission;
    this.access = access;
  }

  /**
   * Opens a stream without watchers.
   *
   * @param wake called when there is a message again
   */
  public Opened open(Caller caller, Runnable wake) {
    return new Opened(admission, caller, access.of(caller), hub.open(wake));
  }

  /**
   * The watches of one client's stream. Thread-safe as {@link WatchStream}.
   *
   * <p>Its requests take effect in their order. A watcher whose client this member does not know
   * yet holds up the requests behind it.
   */
  public static final class Opened {
    private static final CompletableFuture<Void> DONE = CompletableFuture.completedFuture(null);

    private final Admission admission;
    private final Caller caller;
    private final Access access;
    private final WatchStream stream;

    /** Completes, and never fails, when the last request has taken effect. Guarded by this. */
    private CompletableFuture<Void> last = DONE;

    private Opened(Admission admission, Caller caller, Access access, WatchStream stream) {
      this.admission = admission;
      this.caller = caller;
      this.access = access;
      this.stream = stream;
    }

    /**
     * Creates a watcher, which is answered by a message, also if the caller may not read its range.
     * A watcher that exists is not checked again.
     *
     * @param request the decoded message of the API that asks for it
     * @throws io.kvorum.model.RequestException if it is not admitted
     */
    public void create(Object request, WatchSpec spec) {
      admission.check(caller, request);
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

    private synchronized void then(CompletableFuture<Void> known, Runnable step) {
      if (last.isDone() && known.isDone()) {
        step.run();
      } else {
        last = CompletableFuture.allOf(last, known).thenRun(step);
      }
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
      return stream.poll();
    }

    /** Ends all watches; again does nothing. */
    public void close() {
      stream.close();
    }
  }
}
