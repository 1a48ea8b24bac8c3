package io.kvorum.service;

import io.kvorum.apply.SpaceCost;
import io.kvorum.consensus.Consensus;
import io.kvorum.lease.LeaseView;
import io.kvorum.model.Alarm;
import io.kvorum.model.Command;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.mvcc.MvccStore;
import io.kvorum.support.Log;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Rejects requests that would grow the store beyond its quota, and activates the NOSPACE alarm
 * then. The quota applies to what the store holds, leases included: what a compaction drops counts
 * no more at once, whether or not the disk has got it back. Thread-safe.
 */
public final class SpaceQuota {
  private static final Log LOG = Log.of(SpaceQuota.class);

  private final MvccStore store;
  private final LeaseView leases;
  private final Consensus consensus;
  private final long memberId;
  private final long quotaBytes;
  private final AtomicBoolean activating = new AtomicBoolean();

  /**
   * @param quotaBytes 0 or less for no quota
   */
  public SpaceQuota(
      MvccStore store, LeaseView leases, Consensus consensus, long memberId, long quotaBytes) {
    this.store = store;
    this.leases = leases;
    this.consensus = consensus;
    this.memberId = memberId;
    this.quotaBytes = quotaBytes;
  }

  /** The quota in bytes; 0 if there is none. */
  public long bytes() {
    return Math.max(0, quotaBytes);
  }

  /** What the store holds, in bytes. */
  public long heldBytes() {
    return store.heldBytes() + leases.size() * SpaceCost.ofLease();
  }

  /**
   * Admits a request, or rejects it.
   *
   * @param costBytes what the request may add
   * @throws RequestException NO_SPACE
   */
  public void admit(long costBytes) {
    if (quotaBytes <= 0 || costBytes == 0 || heldBytes() + costBytes < quotaBytes) {
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
