package io.kvorum.service;

import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.support.Futures;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts the promotions that this member, as the leader, was asked for, by their outcome.
 * Thread-safe.
 *
 * <p>Held by: ClusterServiceTest.
 */
public final class PromotionStats {
  private final LongAdder promoted = new LongAdder();
  private final Map<ErrorCode, LongAdder> refused = new ConcurrentHashMap<>();

  /**
   * The counts since the start.
   *
   * @param refused by reason, without those that never occurred
   */
  public record Stats(long promoted, Map<ErrorCode, Long> refused) {
    public Stats {
      refused = Collections.unmodifiableMap(new TreeMap<>(refused));
    }
  }

  void promoted() {
    promoted.increment();
  }

  /** NOT_LEADER is not counted: the leader is called next. */
  void failed(Throwable failure) {
    if (Futures.cause(failure) instanceof RequestException refusal
        && refusal.code() != ErrorCode.NOT_LEADER) {
      refused.computeIfAbsent(refusal.code(), code -> new LongAdder()).increment();
    }
  }

  Stats stats() {
    Map<ErrorCode, Long> reasons = new TreeMap<>();
    refused.forEach((code, count) -> reasons.put(code, count.sum()));
    return new Stats(promoted.sum(), reasons);
  }
}
