package io.kvorum.service;

/**
 * A sign that a member's store is corrupt. Immutable.
 *
 * <p>Held by: StoreComparisonTest, CompactionComparisonTest.
 *
 * @param memberId whom the alarm is for; 0 if it cannot be told which one it is
 * @param text what was found, for an operator
 */
record CorruptionFinding(long memberId, String text) {}
