package io.kvorum.service;

import io.kvorum.consensus.Consensus;
import io.kvorum.model.Alarm;
import io.kvorum.model.Command;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.mvcc.MvccStore;
import java.lang.System.Logger.Level;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Refuses what would grow the store beyond its quota, and raises the NOSPACE alarm then. Compared
 * with what the store has allocated on disk, not with what of it is in use. Thread-safe.
 */
public final class SpaceQuota {
  /** etcd's quota where none is set. */
  public static final long DEFAULT_BYTES = 2L << 30;

  private static final System.Logger LOG = System.getLogger(SpaceQuota.class.getName());

  private final MvccStore store;
  private final Consensus consensus;
  private final long memberId;
  private final long quotaBytes;
  private final AtomicBoolean raising = new AtomicBoolean();

  /**
   * @param quotaBytes 0 for the default; negative for none
   */
  public SpaceQuota(MvccStore store, Consensus consensus, long memberId, long quotaBytes) {
    this.store = store;
    this.consensus = consensus;
    this.memberId = memberId;
    this.quotaBytes = quotaBytes == 0 ? DEFAULT_BYTES : quotaBytes;
  }

  /** The quota in bytes; 0 if there is none. */
  public long bytes() {
    return Math.max(0, quotaBytes);
  }

  /**
   * @param costBytes what the request may add
   * @throws RequestException NO_SPACE
   */
  public void admit(long costBytes) {
    if (quotaBytes < 0 || costBytes == 0 || store.allocatedBytes() + costBytes < quotaBytes) {
      return;
    }
    if (raising.compareAndSet(false, true)) {
      LOG.log(Level.WARNING, "the store exceeds its quota of {0} bytes", quotaBytes);
      consensus
          .propose(new Command.AlarmActivate(new Alarm(memberId, Alarm.Kind.NOSPACE)))
          .whenComplete((result, failure) -> raising.set(false));
    }
    throw new RequestException(ErrorCode.NO_SPACE);
  }
}
