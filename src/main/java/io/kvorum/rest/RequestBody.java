package io.kvorum.rest;

import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The body of a request whose answer is a stream: read by the container's threads as it comes,
 * taken from here at the stream's own pace. Thread-safe.
 *
 * <p>Only the container's thread touches the servlet's input, and only inside its call: Liberty
 * looks into the input itself when a listener returns, without a lock, and where another thread
 * reads meanwhile, bytes are lost. So requests that come faster than they are taken hold up that
 * thread, for a while; then the client is sent away.
 */
final class RequestBody implements ReadListener {
  /** Given by {@link #poll} once, after the last bytes. */
  static final byte[] END = {};

  private static final int CHUNK_BYTES = 4096;
  private static final int MAX_CHUNKS = 256;

  /** How the stream learns what happens here; called from any thread, and must not block. */
  interface Listener {
    /** There is something to {@link RequestBody#poll}. */
    void arrived();

    /** There is nothing more to hope for. */
    void failed(Throwable reason);
  }

  private final ServletInputStream input;
  private final long patienceMillis;
  private final Listener listener;
  private final BlockingQueue<byte[]> arrived = new LinkedBlockingQueue<>(MAX_CHUNKS);
  private final byte[] chunk = new byte[CHUNK_BYTES];
  private volatile boolean isUnwanted;

  // Guarded by this.
  private boolean isBeingRead;
  private @Nullable Runnable afterwards;

  /**
   * @param patienceMillis how long the container's thread waits for somebody to take what has come
   */
  RequestBody(ServletInputStream input, long patienceMillis, Listener listener) {
    this.input = input;
    this.patienceMillis = patienceMillis;
    this.listener = listener;
  }

  /** The next bytes, or {@link #END}; null if there are none now. */
  byte @Nullable [] poll() {
    return arrived.poll();
  }

  /** What else comes is read and dropped. */
  void dropRest() {
    isUnwanted = true;
    arrived.clear();
  }

  /**
   * Nothing is read any more.
   *
   * @param action run once no thread of the container is reading: now, or by that thread
   */
  void close(Runnable action) {
    dropRest();
    synchronized (this) {
      afterwards = action;
      if (isBeingRead) {
        return;
      }
    }
    action.run();
  }

  @Override
  public void onDataAvailable() throws IOException {
    if (begin()) {
      try {
        readAll();
      } finally {
        end();
      }
    }
  }

  @Override
  public void onAllDataRead() {
    handOver(END);
  }

  @Override
  public void onError(Throwable failure) {
    listener.failed(failure);
  }

  private void readAll() throws IOException {
    boolean goesOn = true;
    while (goesOn && !isClosed() && input.isReady() && !input.isFinished()) {
      int count = input.read(chunk);
      goesOn = count >= 0 && (isUnwanted || handOver(Arrays.copyOf(chunk, count)));
    }
  }

  private boolean handOver(byte[] bytes) {
    try {
      if (arrived.offer(bytes, patienceMillis, TimeUnit.MILLISECONDS)) {
        listener.arrived();
        return true;
      }
      listener.failed(new IOException("requests come faster than their answers are taken"));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      listener.failed(e);
    }
    return false;
  }

  private synchronized boolean begin() {
    isBeingRead = afterwards == null;
    return isBeingRead;
  }

  private void end() {
    Runnable due;
    synchronized (this) {
      isBeingRead = false;
      due = afterwards;
    }
    if (due != null) {
      due.run();
    }
  }

  private synchronized boolean isClosed() {
    return afterwards != null;
  }
}
