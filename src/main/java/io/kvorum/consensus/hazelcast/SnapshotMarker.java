package io.kvorum.consensus.hazelcast;

/**
 * The engine's snapshot: a pointer, no state. It says that member {@code memberId} had applied
 * everything up to {@code index}; who lacks that pulls the store.
 */
record SnapshotMarker(long index, long memberId) {}
