package io.kvorum.service;

import io.kvorum.watch.WatchHub;
import io.kvorum.watch.WatchMessage;
import io.kvorum.watch.WatchSpec;
import io.kvorum.watch.WatchStream;
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

  public WatchService(WatchHub hub, Admission admission) {
    this.hub = hub;
    this.admission = admission;
  }

  /**
   * Opens a stream without watchers.
   *
   * @param wake called when there is a message again
   */
  public Opened open(Caller caller, Runnable wake) {
    return new Opened(admission, caller, hub.open(wake));
  }

  /** The watches of one client's stream. Thread-safe as {@link WatchStream}. */
  public static final class Opened {
    private final Admission admission;
    private final Caller caller;
    private final WatchStream stream;

    private Opened(Admission admission, Caller caller, WatchStream stream) {
      this.admission = admission;
      this.caller = caller;
      this.stream = stream;
    }

    /**
     * Creates a watcher, which is answered by a message.
     *
     * @param request the decoded message of the API that asks for it
     * @throws io.kvorum.model.RequestException if it is not admitted
     */
    public void create(Object request, WatchSpec spec) {
      admission.check(caller, request);
      stream.create(spec);
    }

    /** Answered by a message, unless there is no such watcher. */
    public void cancel(long watchId) {
      stream.cancel(watchId);
    }

    /** Answered by a message once all watchers have all events. */
    public void requestProgress() {
      stream.requestProgress();
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
