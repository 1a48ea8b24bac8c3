package io.kvorum.model;

/**
 * One row of the history: a version of a key, or a tombstone.
 *
 * @param sub the position inside the transaction whose revision is {@code kv.modRevision()}
 */
public record Change(int sub, KeyValue kv) {
  public Revision revision() {
    return new Revision(kv.modRevision(), sub);
  }
}
