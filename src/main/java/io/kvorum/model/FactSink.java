package io.kvorum.model;

/**
 * Collects the facts that become durable together with the entry that is being applied: small named
 * values beside the keys, such as leases, alarms and members. Confined to the Raft thread.
 */
public interface FactSink {

  /** Sets the fact of that name. */
  void put(String name, Bytes value);

  /** Forgets the fact of that name, if there is one. */
  void remove(String name);
}
