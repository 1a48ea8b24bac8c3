package io.kvorum.grpc;

import io.kvorum.service.DirectAnswer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Carries the body of one answer from the REST face to the passage to its client, past the
 * container. What comes before the container has sent the head waits for it.
 *
 * <p>The methods of {@link DirectAnswer} are for any thread, all others are confined to the event
 * loop. Nobody is called any more once it is closed.
 *
 * <p>Held by: DirectWriterTest.
 */
final class DirectWriter implements DirectAnswer {
  /** What waits for a client before its answer has to wait. */
  static final int MOST_WAITING_BYTES = 64 << 10;

  private static final Runnable NOTHING = () -> {};

  private final EventLoop loop;
  private final Runnable onPassed;
  private final Runnable onEnd;
  private final AtomicLong waiting = new AtomicLong();
  private volatile boolean isAskedFor;
  private volatile Runnable onReady = NOTHING;
  private volatile Runnable onGone = NOTHING;

  // Confined to the event loop.
  private final Queue<ByteBuf> early = new ArrayDeque<>();
  private @Nullable AnswerPassage passage;
  private boolean hasEnded;
  private boolean isClosed;

  /**
   * @param onPassed runs on the event loop when more has been given to the client's connection
   * @param onEnd runs on the event loop when the answer is complete
   */
  DirectWriter(EventLoop loop, Runnable onPassed, Runnable onEnd) {
    this.loop = loop;
    this.onPassed = onPassed;
    this.onEnd = onEnd;
  }

  @Override
  public void begin(Runnable whenReady, Runnable whenGone) {
    onReady = whenReady;
    onGone = whenGone;
    // The client may have gone before.
    execute(
        () -> {
          if (isClosed) {
            whenGone.run();
          }
        });
  }

  @Override
  public boolean isReady() {
    if (waiting.get() < MOST_WAITING_BYTES) {
      return true;
    }
    isAskedFor = true;
    // What was written between the two looks has called nobody.
    return waiting.get() < MOST_WAITING_BYTES;
  }

  @Override
  public void write(byte[] bytes, int from, int length) {
    waiting.addAndGet(length);
    execute(() -> add(Unpooled.wrappedBuffer(bytes, from, length)));
  }

  @Override
  public void end() {
    execute(
        () -> {
          hasEnded = true;
          if (!isClosed) {
            onEnd.run();
          }
        });
  }

  private void execute(Runnable task) {
    try {
      loop.execute(task);
    } catch (RejectedExecutionException stopped) {
      onGone.run();
    }
  }

  private void add(ByteBuf bytes) {
    AnswerPassage open = passage;
    if (isClosed) {
      bytes.release();
    } else if (open == null) {
      early.add(bytes);
    } else {
      pass(open, bytes);
    }
  }

  private void pass(AnswerPassage open, ByteBuf bytes) {
    int length = bytes.readableBytes();
    open.addChunk(bytes, () -> written(length));
    onPassed.run();
  }

  private void written(int length) {
    if (waiting.addAndGet(-length) < MOST_WAITING_BYTES && isAskedFor && !isClosed) {
      isAskedFor = false;
      onReady.run();
    }
  }

  /** The head has been sent: the body follows. */
  void attach(AnswerPassage open) {
    passage = open;
    for (ByteBuf bytes = early.poll(); bytes != null; bytes = early.poll()) {
      pass(open, bytes);
    }
  }

  /** Whether the answer is complete. */
  boolean hasEnded() {
    return hasEnded;
  }

  /** Nothing more is written; tells the REST face so, unless the answer is complete. */
  void close() {
    if (isClosed) {
      return;
    }
    isClosed = true;
    for (ByteBuf bytes = early.poll(); bytes != null; bytes = early.poll()) {
      bytes.release();
    }
    if (!hasEnded) {
      onGone.run();
    }
  }
}
