package io.kvorum.boot.config;

import io.kvorum.peer.PeerSettings;
import java.util.OptionalLong;

/**
 * The limits of what clients may store and request. Immutable.
 *
 * <p>Held by: MemberConfigTest.
 *
 * @param quotaBytes size of the store that raises the NOSPACE alarm; empty for no limit
 * @param maxTxnOps most operations in a transaction
 * @param maxRequestBytes size of the largest request; at most what members can forward to each
 *     other
 */
public record Limits(OptionalLong quotaBytes, int maxTxnOps, int maxRequestBytes) {
  private static final long DEFAULT_QUOTA_BYTES = 2L * 1024 * 1024 * 1024;

  static Limits from(Settings settings) {
    long quota = settings.number("quota-backend-bytes", Long.MIN_VALUE);
    return new Limits(
        quota < 0
            ? OptionalLong.empty()
            : OptionalLong.of(quota == 0 ? DEFAULT_QUOTA_BYTES : quota),
        settings.intNumber("max-txn-ops", 1),
        settings.intNumber("max-request-bytes", 1, PeerSettings.MAX_REQUEST_BYTES));
  }
}
