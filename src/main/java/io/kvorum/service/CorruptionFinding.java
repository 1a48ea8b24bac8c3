package io.kvorum.service;

/**
 * A sign that a member's store is corrupt. Immutable.
 *
 * <p>Held by: StoreComparisonTest, CompactionComparisonTest.
 *
 * @param memberId the member that the alarm names; 0 if the answers do not show which one it is
 * @param text what was found, for an operator
 */
record CorruptionFinding(long memberId, String text) {}
