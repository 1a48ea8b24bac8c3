package io.kvorum.service;

import io.kvorum.consensus.Consensus;
import io.kvorum.model.Alarm;
import io.kvorum.model.Command;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.mvcc.MvccStore;
import io.kvorum.support.Log;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Rejects requests that would grow the store beyond its quota, and activates the NOSPACE alarm
 * then. The quota applies to what the store has allocated on disk, not to what of it is in use.
 * Thread-safe.
 */
public final class SpaceQuota {
  private static final Log LOG = Log.of(SpaceQuota.class);

  private final MvccStore store;
  private final Consensus consensus;
  private final long memberId;
  private final long quotaBytes;
  private final AtomicBoolean activating = new AtomicBoolean();

  /**
   * @param quotaBytes 0 or less for no quota
   */
  public SpaceQuota(MvccStore store, Consensus consensus, long memberId, long quotaBytes) {
    this.store = store;
    this.consensus = consensus;
    this.memberId = memberId;
    this.quotaBytes = quotaBytes;
  }

  /** The quota in bytes; 0 if there is none. */
  public long bytes() {
    return Math.max(0, quotaBytes);
  }

  /**
   * Admits a request, or rejects it.
   *
   * @param costBytes what the request may add
   * @throws RequestException NO_SPACE
   */
  public void admit(long costBytes) {
    if (quotaBytes <= 0 || costBytes == 0 || store.allocatedBytes() + costBytes < quotaBytes) {
      return;
    }
    if (activating.compareAndSet(false, true)) {
      LOG.warning("store exceeds its quota of {} bytes: activating the NOSPACE alarm", quotaBytes);
      consensus
          .propose(new Command.AlarmActivate(new Alarm(memberId, Alarm.Kind.NOSPACE)))
          .whenComplete((result, failure) -> activating.set(false));
    }
    throw new RequestException(ErrorCode.NO_SPACE);
  }
}
