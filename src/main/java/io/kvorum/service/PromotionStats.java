package io.kvorum.service;

import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * How often this member, while it led, was asked to promote a learner, and what came of it.
 * Thread-safe.
 */
public final class PromotionStats {
  private final LongAdder promoted = new LongAdder();
  private final Map<ErrorCode, LongAdder> refused = new ConcurrentHashMap<>();

  /**
   * The counts since the start.
   *
   * @param refused by reason, those that occurred
   */
  public record Stats(long promoted, Map<ErrorCode, Long> refused) {
    public Stats {
      refused = Collections.unmodifiableMap(new TreeMap<>(refused));
    }
  }

  void promoted() {
    promoted.increment();
  }

  /** That another member leads is no failure: that one is asked next. */
  void failed(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause instanceof RequestException refusal && refusal.code() != ErrorCode.NOT_LEADER) {
      refused.computeIfAbsent(refusal.code(), code -> new LongAdder()).increment();
    }
  }

  Stats stats() {
    Map<ErrorCode, Long> reasons = new TreeMap<>();
    refused.forEach((code, count) -> reasons.put(code, count.sum()));
    return new Stats(promoted.sum(), reasons);
  }
}
