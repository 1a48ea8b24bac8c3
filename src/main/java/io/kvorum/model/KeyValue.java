package io.kvorum.model;

/**
 * One version of one key.
 *
 * <p>In a tombstone (the {@code kv} of a delete event) only key and modRevision are set.
 *
 * @param createRevision the revision at which the key's current generation was created
 * @param modRevision the revision that wrote this version
 * @param version counts the writes since the creation, from 1
 * @param lease the lease the key is attached to; 0 if none
 */
public record KeyValue(
    Bytes key, Bytes value, long createRevision, long modRevision, long version, long lease) {

  public static KeyValue tombstone(Bytes key, long modRevision) {
    return new KeyValue(key, Bytes.EMPTY, 0, modRevision, 0, 0);
  }

  /** A tombstone has version 0; a key that exists counts from 1. */
  public boolean isTombstone() {
    return version == 0;
  }

  /** True if this version created the key. */
  public boolean isCreation() {
    return version == 1;
  }

  public KeyValue withoutValue() {
    return new KeyValue(key, Bytes.EMPTY, createRevision, modRevision, version, lease);
  }
}
