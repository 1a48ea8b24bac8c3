package io.kvorum.rest;

import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Buffers the body of a request whose answer is a stream: the container's threads read it as it
 * arrives, the stream takes it at its own pace. Thread-safe.
 *
 * <p>Only the container's thread touches the servlet's input, and only inside its call: Liberty
 * inspects the input when a listener returns, without a lock, and if another thread reads at that
 * moment, bytes are lost. So requests that arrive faster than they are taken block that thread, for
 * a limited time; then the client is disconnected.
 */
final class RequestBody implements ReadListener {
  /** Returned by {@link #poll} once, after the last bytes. */
  static final byte[] END = {};

  private static final int CHUNK_BYTES = 4096;
  private static final int MAX_CHUNKS = 256;

  /** Receives the events of the body; called from any thread, must not block. */
  interface Listener {
    /** There are bytes to {@link RequestBody#poll}. */
    void arrived();

    /** No more bytes will arrive. */
    void failed(Throwable reason);
  }

  private final ServletInputStream input;
  private final long patienceMillis;
  private final Listener listener;
  private final BlockingQueue<byte[]> arrived = new LinkedBlockingQueue<>(MAX_CHUNKS);
  private final byte[] chunk = new byte[CHUNK_BYTES];
  private final AtomicInteger heldBytes = new AtomicInteger();
  private volatile boolean isUnwanted;

  // Guarded by this.
  private boolean isBeingRead;
  private @Nullable Runnable afterwards;

  /**
   * @param patienceMillis how long the container's thread waits for the stream to take its bytes
   */
  RequestBody(ServletInputStream input, long patienceMillis, Listener listener) {
    this.input = input;
    this.patienceMillis = patienceMillis;
    this.listener = listener;
  }

  /** The next bytes, or {@link #END}; null if there are none now. */
  byte @Nullable [] poll() {
    byte[] next = arrived.poll();
    if (next != null) {
      heldBytes.addAndGet(-next.length);
    }
    return next;
  }

  /** How many bytes have arrived that have not been taken. */
  int heldBytes() {
    return heldBytes.get();
  }

  /** Reads and drops the rest. */
  void dropRest() {
    isUnwanted = true;
    while (poll() != null) {
      // Dropped.
    }
  }

  /**
   * Stops reading.
   *
   * @param action runs once no thread of the container is reading: now, or on that thread
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
    boolean isTaken = true;
    while (isTaken && !isClosed() && input.isReady() && !input.isFinished()) {
      int count = input.read(chunk);
      isTaken = count >= 0 && (isUnwanted || handOver(Arrays.copyOf(chunk, count)));
    }
  }

  private boolean handOver(byte[] bytes) {
    try {
      heldBytes.addAndGet(bytes.length);
      if (arrived.offer(bytes, patienceMillis, TimeUnit.MILLISECONDS)) {
        listener.arrived();
        return true;
      }
      listener.failed(new IOException("requests arrive faster than their answers are read"));
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
