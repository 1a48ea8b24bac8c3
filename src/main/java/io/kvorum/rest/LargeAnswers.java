package io.kvorum.rest;

import io.kvorum.rest.json.JsonBuffer;
import io.kvorum.support.Log;
import jakarta.inject.Inject;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Writes answers, the large ones as their clients take them, so that a client that does not read
 * costs no thread. Thread-safe.
 *
 * <p>What waits for clients in that way is limited; beyond the limit the thread writes after all,
 * and there are only so many threads.
 *
 * <p>Held by: JsonKvIT, PlainLibertyIT.
 */
@ApplicationSingleton
public final class LargeAnswers {
  /** What the client port takes off, whether or not its client reads. */
  private static final int TAKEN_BY_RELAY_BYTES = 4 << 20;

  /** What the system takes off. */
  private static final int TAKEN_BY_SYSTEM_BYTES = 64 << 10;

  /** As much as the container passes on at once. */
  private static final int WRITE_BYTES = 8192;

  private static final Log LOG = Log.of(LargeAnswers.class);

  private final PortGuard guard;
  private final long mostWaiting = Runtime.getRuntime().maxMemory() / 16;
  private final AtomicLong waiting = new AtomicLong();

  @Inject
  public LargeAnswers(PortGuard guard) {
    this.guard = guard;
  }

  /** Sends an answer whose headers are set; the caller must return to the container. */
  void send(JsonBuffer json, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    int taken = guard.isRelayed(request) ? TAKEN_BY_RELAY_BYTES : TAKEN_BY_SYSTEM_BYTES;
    if (json.length() <= taken || !reserve(json.length())) {
      json.writeTo(response.getOutputStream());
      return;
    }
    // Whatever stays in the container's buffer is flushed at the end, and a flush waits.
    response.setBufferSize(1);
    AsyncContext async = request.startAsync();
    async.setTimeout(0);
    ServletOutputStream output = response.getOutputStream();
    output.setWriteListener(new Writing(json, async, output));
  }

  private boolean reserve(int bytes) {
    if (waiting.addAndGet(bytes) <= mostWaiting) {
      return true;
    }
    waiting.addAndGet(-bytes);
    return false;
  }

  /** Confined to the container's calls, which come one at a time. */
  private final class Writing implements WriteListener {
    private final JsonBuffer json;
    private final AsyncContext async;
    private final ServletOutputStream output;
    private int written;
    private boolean isOver;

    Writing(JsonBuffer json, AsyncContext async, ServletOutputStream output) {
      this.json = json;
      this.async = async;
      this.output = output;
    }

    @Override
    public void onWritePossible() throws IOException {
      while (written < json.length() && output.isReady()) {
        int length = Math.min(WRITE_BYTES, json.length() - written);
        json.writeTo(output, written, length);
        written += length;
      }
      if (written == json.length() && output.isReady()) {
        end();
      }
    }

    @Override
    public void onError(Throwable failure) {
      LOG.debug("the client of a large answer disconnected", failure);
      end();
    }

    private void end() {
      if (!isOver) {
        isOver = true;
        waiting.addAndGet(-json.length());
        async.complete();
      }
    }
  }
}
