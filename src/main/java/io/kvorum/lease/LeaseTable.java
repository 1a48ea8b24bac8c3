package io.kvorum.lease;

import io.kvorum.model.Bytes;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The replicated table of leases and of the keys that hang on them. It knows no clock.
 *
 * <p>The engine thread changes it; any thread may read. Each lease is also a fact in the revision
 * history ({@link #factName}, {@link #factValue}); which key hangs on which lease stands in the
 * versions of the keys.
 */
public final class LeaseTable {
  private static final String FACT_PREFIX = "lease/";

  private final ConcurrentHashMap<Long, Lease> leases = new ConcurrentHashMap<>();

  /** The lease of each key that has one. The engine thread alone. */
  private final Map<Bytes, Lease> leaseOfKey = new HashMap<>();

  /**
   * Takes over what a member finds on disk, or is given by another one, and forgets what was there
   * before. A lease that stays is never missing meanwhile.
   */
  public void restore(Map<String, Bytes> facts, Map<Bytes, Long> leaseIdOfKey) {
    Set<Long> found = new HashSet<>();
    leaseOfKey.clear();
    facts.forEach(
        (name, value) -> {
          if (name.startsWith(FACT_PREFIX)) {
            long id = Long.parseUnsignedLong(name.substring(FACT_PREFIX.length()), 16);
            ByteBuffer fields = ByteBuffer.wrap(value.unsafeArray());
            leases.put(id, new Lease(id, fields.getLong(), fields.getLong()));
            found.add(id);
          }
        });
    leases.keySet().retainAll(found);
    leaseIdOfKey.forEach((key, id) -> attach(key, id));
  }

  public static String factName(long id) {
    return FACT_PREFIX + String.format("%016x", id);
  }

  public static Bytes factValue(Lease lease) {
    ByteBuffer fields = ByteBuffer.allocate(16);
    fields.putLong(lease.ttlSeconds()).putLong(lease.checkpointedSeconds());
    return Bytes.wrap(fields.array());
  }

  public @Nullable Lease find(long id) {
    return leases.get(id);
  }

  /** All leases, in no order; a live view. */
  public Collection<Lease> all() {
    return Collections.unmodifiableCollection(leases.values());
  }

  public int size() {
    return leases.size();
  }

  /** Adds a lease whose id is not taken. */
  public Lease grant(long id, long ttlSeconds) {
    Lease lease = new Lease(id, ttlSeconds, 0);
    leases.put(id, lease);
    return lease;
  }

  /** Notes what is left of a lease; 0 for its full time. */
  public void checkpoint(Lease lease, long remainingSeconds) {
    lease.checkpoint(remainingSeconds);
  }

  /** Forgets a lease, after its keys have been deleted. */
  public void remove(long id) {
    leases.remove(id);
  }

  /** Hangs a key on a lease, and takes it from the one it hung on; 0 only takes it off. */
  public void attach(Bytes key, long leaseId) {
    detach(key);
    if (leaseId == 0) {
      return;
    }
    Lease lease = leases.get(leaseId);
    if (lease == null) {
      throw new IllegalStateException("key " + key + " names unknown lease " + leaseId);
    }
    lease.attach(key);
    leaseOfKey.put(key, lease);
  }

  /** Takes a key off its lease, if it has one. */
  public void detach(Bytes key) {
    if (leaseOfKey.isEmpty()) {
      return;
    }
    Lease lease = leaseOfKey.remove(key);
    if (lease != null) {
      lease.detach(key);
    }
  }

  /** The lease that the key hangs on; 0 if none. */
  public long leaseIdOf(Bytes key) {
    Lease lease = leaseOfKey.get(key);
    return lease == null ? 0 : lease.id();
  }
}
