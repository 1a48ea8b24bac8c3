package io.kvorum.rest;

import io.kvorum.service.DirectAnswer;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Queue;
import java.util.function.Function;

/**
 * One HTTP request in memory, as an asynchronous servlet sees it: the test sends bytes, decides how
 * much the client takes, and runs what was put off to the executor. Holds the callers to the rules
 * of non-blocking servlet streams, and of Liberty: the body is read only inside its calls. One
 * thread.
 */
final class HttpExchange {
  final Queue<Runnable> executor = new ArrayDeque<>();

  private final Body body = new Body();
  private final Answer answer = new Answer();
  private int status = 200;
  private boolean isCommitted;
  private boolean isComplete;

  private final HttpServletResponse response =
      implement(
          HttpServletResponse.class,
          Map.of(
              "setStatus", args -> status = (int) args[0],
              "setContentType", args -> null,
              "setHeader", args -> null,
              "flushBuffer", args -> isCommitted = true));

  private final HttpServletRequest request =
      implement(
          HttpServletRequest.class,
          Map.of("getInputStream", args -> body, "startAsync", args -> context()));

  HttpServletRequest request() {
    return request;
  }

  /** Bytes arrive, and what is due because of them runs. */
  void send(String bytes) {
    arrive(bytes);
    run();
  }

  /** Bytes arrive. */
  void arrive(String bytes) {
    body.arrived.write(bytes.getBytes(StandardCharsets.UTF_8), 0, bytes.length());
    body.tell();
  }

  /** The body ends. */
  void sendEnd() {
    body.isEnded = true;
    body.tell();
    run();
  }

  /** How many writes the client takes before its connection is full. */
  void clientTakes(int writes) {
    answer.room = writes;
    if (writes > 0) {
      answer.tell();
    }
    run();
  }

  /** The connection turns out to be broken. */
  void breakConnection() {
    answer.onGone.run();
    run();
  }

  /** Runs what is due. */
  void run() {
    for (Runnable task = executor.poll(); task != null; task = executor.poll()) {
      task.run();
    }
  }

  /** The way past the container. */
  DirectAnswer direct() {
    return answer;
  }

  /** Whether the answer was ended, rather than broken off. */
  boolean hasEnded() {
    return answer.hasEnded;
  }

  int status() {
    return status;
  }

  boolean isCommitted() {
    return isCommitted;
  }

  boolean isComplete() {
    return isComplete;
  }

  /** What has been written. */
  String received() {
    return answer.written.toString(StandardCharsets.UTF_8);
  }

  private AsyncContext context() {
    return implement(
        AsyncContext.class,
        Map.of(
            "getRequest", args -> request,
            "getResponse", args -> response,
            "setTimeout", args -> null,
            "addListener", args -> null,
            "complete", args -> isComplete = true));
  }

  private static <T> T implement(Class<T> type, Map<String, Function<Object[], Object>> methods) {
    return type.cast(
        Proxy.newProxyInstance(
            HttpExchange.class.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, args) -> {
              Function<Object[], Object> body = methods.get(method.getName());
              if (body == null) {
                throw new UnsupportedOperationException(method.toString());
              }
              Object result = body.apply(args);
              return method.getReturnType() == void.class ? null : result;
            }));
  }

  private final class Body extends ServletInputStream {
    private final ByteArrayOutputStream arrived = new ByteArrayOutputStream();
    private int position;
    private boolean isEnded;
    private boolean isToTell = true;
    private boolean isTelling;
    private boolean hasToldEnd;
    private ReadListener listener;

    @Override
    public boolean isFinished() {
      check();
      return isEnded && position == arrived.size();
    }

    @Override
    public boolean isReady() {
      boolean isReady = isFinished() || position < arrived.size();
      isToTell |= !isReady;
      return isReady;
    }

    private void check() {
      if (!isTelling) {
        throw new IllegalStateException("the body is the container's, outside its calls");
      }
    }

    private void tell() {
      if (isToTell && listener != null) {
        isToTell = false;
        isTelling = true;
        try {
          listener.onDataAvailable();
          if (isFinished() && !hasToldEnd) {
            hasToldEnd = true;
            listener.onAllDataRead();
          }
        } catch (IOException e) {
          throw new AssertionError(e);
        } finally {
          isTelling = false;
        }
      }
    }

    @Override
    public void setReadListener(ReadListener newListener) {
      listener = newListener;
    }

    @Override
    public int read() {
      if (!isReady()) {
        throw new IllegalStateException("read although nothing is ready");
      }
      return isFinished() ? -1 : arrived.toByteArray()[position++] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) {
      if (!isReady()) {
        throw new IllegalStateException("read although nothing is ready");
      }
      if (isFinished()) {
        return -1;
      }
      int count = Math.min(length, arrived.size() - position);
      System.arraycopy(arrived.toByteArray(), position, target, offset, count);
      position += count;
      return count;
    }
  }

  private final class Answer implements DirectAnswer {
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private int room = Integer.MAX_VALUE;
    private boolean isToTell;
    private boolean hasEnded;
    private Runnable onReady = () -> {};
    private Runnable onGone = () -> {};

    @Override
    public void begin(Runnable whenReady, Runnable whenGone) {
      if (!isCommitted) {
        throw new IllegalStateException("the head comes first");
      }
      onReady = whenReady;
      onGone = whenGone;
    }

    @Override
    public boolean isReady() {
      isToTell |= room == 0;
      return room > 0;
    }

    private void tell() {
      if (isToTell) {
        isToTell = false;
        onReady.run();
      }
    }

    @Override
    public void write(byte[] bytes, int from, int length) {
      if (room == 0 || hasEnded) {
        throw new IllegalStateException("write although the client takes nothing");
      }
      room--;
      written.write(bytes, from, length);
    }

    @Override
    public void end() {
      hasEnded = true;
    }
  }
}
