package io.kvorum.lease;

import io.kvorum.model.Bytes;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.FactSink;
import io.kvorum.model.RequestException;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Holds the replicated leases and the keys attached to them. It knows no clock.
 *
 * <p>The applier alone has a reference to it, and changes it on the Raft thread; all others read it
 * as a {@link LeaseView}, from any thread. Each lease is also a fact in the revision history:
 * {@code lease/<id>}, the id as 16 hexadecimal digits, with the time to live and what was left at
 * the last checkpoint as two big-endian longs. Which key is attached to which lease is part of the
 * versions of the keys.
 *
 * <p>Held by: LessorTest, ApplierTest, CoreSimulation.
 */
public final class LeaseTable implements LeaseView {
  private static final String FACT_PREFIX = "lease/";

  private final ConcurrentHashMap<Long, Lease> leases = new ConcurrentHashMap<>();
  private final List<Consumer<Lease>> grantListeners = new CopyOnWriteArrayList<>();

  /** The lease of each key that has one. The Raft thread alone. */
  private final Map<Bytes, Lease> leaseOfKey = new HashMap<>();

  /**
   * Leases that keys name, but that there are not: etcd has such keys, and a store that was made
   * from its snapshot keeps them. They belong to a lease that is granted under that id later, as
   * they would after a restart. The Raft thread alone.
   */
  private final Map<Long, Lease> missing = new HashMap<>();

  /**
   * Replaces the content by what was found on disk, or in a snapshot from another member. A lease
   * that is in both is never missing meanwhile.
   */
  public void restore(Map<String, Bytes> facts, Map<Bytes, Long> leaseIdOfKey) {
    Set<Long> found = new HashSet<>();
    leaseOfKey.clear();
    missing.clear();
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
    leaseIdOfKey.forEach(
        (key, id) -> {
          if (!leases.containsKey(id)) {
            missing.computeIfAbsent(id, any -> new Lease(id, 0, 0));
          }
          attach(key, id);
        });
  }

  @Override
  public @Nullable Lease find(long id) {
    return leases.get(id);
  }

  @Override
  public Collection<Lease> all() {
    return Collections.unmodifiableCollection(leases.values());
  }

  @Override
  public int size() {
    return leases.size();
  }

  @Override
  public void onGrant(Consumer<Lease> listener) {
    grantListeners.add(listener);
  }

  /**
   * The lease of that id.
   *
   * @throws RequestException LEASE_NOT_FOUND
   */
  public Lease existing(long id) {
    Lease lease = leases.get(id);
    if (lease == null) {
      throw new RequestException(ErrorCode.LEASE_NOT_FOUND);
    }
    return lease;
  }

  /**
   * Adds a lease.
   *
   * @throws RequestException LEASE_EXISTS
   */
  public void grant(long id, long ttlSeconds, FactSink facts) {
    if (leases.containsKey(id)) {
      throw new RequestException(ErrorCode.LEASE_EXISTS);
    }
    Lease lease = new Lease(id, ttlSeconds, 0);
    leases.put(id, lease);
    write(lease, facts);
    Lease named = missing.remove(id);
    if (named != null) {
      List.copyOf(named.keys()).forEach(key -> attach(key, id));
    }
    grantListeners.forEach(listener -> listener.accept(lease));
  }

  /** Records a lease's remaining time; 0 means its full TTL. Does nothing if it is gone. */
  public void checkpoint(long id, long remainingSeconds, FactSink facts) {
    Lease lease = leases.get(id);
    if (lease != null) {
      lease.checkpoint(remainingSeconds);
      write(lease, facts);
    }
  }

  /** Removes a lease, after its keys have been deleted. */
  public void remove(long id, FactSink facts) {
    leases.remove(id);
    facts.remove(factName(id));
  }

  /** Attaches a key to a lease, and detaches it from the one it had; 0 only detaches it. */
  public void attach(Bytes key, long leaseId) {
    detach(key);
    if (leaseId == 0) {
      return;
    }
    Lease lease = leases.getOrDefault(leaseId, missing.get(leaseId));
    if (lease == null) {
      throw new IllegalStateException("key " + key + " names unknown lease " + leaseId);
    }
    lease.attach(key);
    leaseOfKey.put(key, lease);
  }

  /** Detaches a key from its lease, if it has one. */
  public void detach(Bytes key) {
    if (leaseOfKey.isEmpty()) {
      return;
    }
    Lease lease = leaseOfKey.remove(key);
    if (lease != null) {
      lease.detach(key);
    }
  }

  @Override
  public long leaseIdOf(Bytes key) {
    Lease lease = leaseOfKey.get(key);
    return lease == null ? 0 : lease.id();
  }

  private static String factName(long id) {
    return FACT_PREFIX + String.format("%016x", id);
  }

  private static void write(Lease lease, FactSink facts) {
    ByteBuffer fields = ByteBuffer.allocate(2 * Long.BYTES);
    fields.putLong(lease.ttlSeconds()).putLong(lease.checkpointedSeconds());
    facts.put(factName(lease.id()), Bytes.wrap(fields.array()));
  }
}
