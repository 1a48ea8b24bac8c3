package io.kvorum.model;

/**
 * One row of the history: what was written at a revision. A tombstone if {@code kv} is one.
 *
 * @param sub the position inside the transaction whose revision is {@code kv.modRevision()}
 */
public record Change(int sub, KeyValue kv) {
  public Revision revision() {
    return new Revision(kv.modRevision(), sub);
  }
}
