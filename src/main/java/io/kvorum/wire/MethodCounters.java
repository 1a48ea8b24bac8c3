package io.kvorum.wire;

import io.grpc.Status;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts the calls and the messages of one method, over both faces. Thread-safe.
 *
 * <p>Held by: JsonCallsTest, RpcMeterTest.
 */
public final class MethodCounters {
  private final LongAdder started = new LongAdder();
  private final LongAdder[] handled = new LongAdder[Status.Code.values().length];
  private final LongAdder received = new LongAdder();
  private final LongAdder sent = new LongAdder();

  MethodCounters() {
    for (int i = 0; i < handled.length; i++) {
      handled[i] = new LongAdder();
    }
  }

  /** A call begins. */
  public void begin() {
    started.increment();
  }

  /** A call has ended with that code. */
  public void end(Status.Code code) {
    handled[code.ordinal()].increment();
  }

  /** A client has sent a message. */
  public void receive() {
    received.increment();
  }

  /** A client has been sent a message. */
  public void send() {
    sent.increment();
  }

  public long started() {
    return started.sum();
  }

  /** The calls that have ended, by their code; codes that did not occur are absent. */
  public Map<Status.Code, Long> handledByCode() {
    Map<Status.Code, Long> byCode = new HashMap<>();
    for (Status.Code code : Status.Code.values()) {
      long count = handled[code.ordinal()].sum();
      if (count > 0) {
        byCode.put(code, count);
      }
    }
    return byCode;
  }

  public long messagesReceived() {
    return received.sum();
  }

  public long messagesSent() {
    return sent.sum();
  }
}
