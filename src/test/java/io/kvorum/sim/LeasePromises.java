package io.kvorum.sim;

import io.kvorum.model.Command;
import io.kvorum.model.Result;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Checks until when each lease must live: a client whose lease was granted or renewed may rely on
 * it for its whole TTL, counted from the request. No leader of any term may end it sooner.
 */
final class LeasePromises {

  private static final class Lease {
    private long promisedUntil;
  }

  private final ClusterSchedule clock;
  private final Map<Long, Lease> leases = new HashMap<>();
  private final Map<Long, Lease> grantedBy = new HashMap<>();
  private final Map<Command, Lease> decisions = new IdentityHashMap<>();
  private final Map<Long, Lease> meantByLeaders = new HashMap<>();
  private final List<AssertionError> violations = new ArrayList<>();
  private long expired;
  private long made;

  LeasePromises(ClusterSchedule clock) {
    this.clock = clock;
  }

  /**
   * A leader finds that a lease has run out, and is about to say so. If clients end that lease
   * meanwhile, and grant another one under the same id, that one is ended: as in etcd, ids are not
   * to be used again.
   */
  void decided(Command command) {
    ClusterTrace.line(clock, 0, "a leader decides on " + command);
    if (command instanceof Command.LeaseRevoke revoke) {
      decisions.put(command, leases.get(revoke.id()));
    }
  }

  /** The command gets its number. */
  void numbered(Command command, long call) {
    if (decisions.containsKey(command)) {
      meantByLeaders.put(call, decisions.remove(command));
    }
  }

  /** A command took place. */
  void happened(Command command, long call, Result result) {
    if (command instanceof Command.LeaseGrant || command instanceof Command.LeaseRevoke) {
      ClusterTrace.line(clock, 0, "happens: " + command + ", call " + call + ": " + result);
    }
    if (command instanceof Command.LeaseGrant grant && result instanceof Result.LeaseGrant) {
      Lease granted = new Lease();
      leases.put(grant.id(), granted);
      grantedBy.put(call, granted);
    } else if (command instanceof Command.LeaseRevoke revoke
        && result instanceof Result.LeaseRevoke) {
      Lease ended = leases.remove(revoke.id());
      if (meantByLeaders.get(call) == ended) {
        expired++;
        requireOver(ended, revoke.id(), call);
      }
    }
  }

  private void requireOver(Lease lease, long id, long call) {
    long left = lease.promisedUntil - clock.getAsLong();
    if (left > 0) {
      violations.add(
          new AssertionError(
              "lease %d was ended %d ms before its time, by call %d"
                  .formatted(id, left / 1_000_000, call)));
    }
  }

  /** The present life of a lease; null if it has none. */
  Object lifeOf(long id) {
    return leases.get(id);
  }

  /**
   * A client got the answer that the lease lives.
   *
   * @param lifeAtFirst what {@link #lifeOf} said when it asked; if that has changed since, it is
   *     open which life was meant
   */
  void promised(long id, Object lifeAtFirst, long askedNanos, long ttlSeconds) {
    Lease lease = leases.get(id);
    if (lease != null && lease == lifeAtFirst) {
      ClusterTrace.line(clock, 0, "promised: lease " + id + " for " + ttlSeconds + " s");
      promise(lease, askedNanos, ttlSeconds);
    }
  }

  /** A client got the answer that its call, sent at that time, has granted a lease. */
  void granted(long call, long askedNanos, long ttlSeconds) {
    promise(grantedBy.get(call), askedNanos, ttlSeconds);
  }

  private void promise(Lease lease, long askedNanos, long ttlSeconds) {
    made++;
    lease.promisedUntil = Math.max(lease.promisedUntil, askedNanos + ttlSeconds * 1_000_000_000L);
  }

  void check() {
    if (!violations.isEmpty()) {
      throw violations.get(0);
    }
  }

  /** How many leases ran out. */
  long expired() {
    return expired;
  }

  /** How many promises were made. */
  long made() {
    return made;
  }
}
