package io.kvorum.service;

import io.kvorum.model.ClusterMember;
import io.kvorum.model.Revision;
import io.kvorum.mvcc.RevisionHash;
import io.kvorum.mvcc.StoreHash;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Judges the members by what one compaction found on each: the hash that a majority of all has is
 * right. Immutable.
 *
 * @param leader this member
 * @param own what the compaction found here
 * @param answers of all other members, with what it found there
 */
record CompactionComparison(ClusterMember leader, RevisionHash own, List<PeerAnswer> answers) {

  /** How far the members agree. */
  enum Verdict {
    /** All have the same hash. */
    AGREED,
    /** Those that have a hash have the same. */
    INCOMPLETE,
    /** There are different hashes. */
    DIFFERENT
  }

  Verdict verdict() {
    if (byHash().size() > 1) {
      return Verdict.DIFFERENT;
    }
    return answers.stream().allMatch(this::counts) ? Verdict.AGREED : Verdict.INCOMPLETE;
  }

  /**
   * One for each member that has another hash than the majority of all members; if none has a
   * majority, one that names no member; none if there is one hash.
   */
  List<CorruptionFinding> findings() {
    Map<Integer, List<ClusterMember>> groups = byHash();
    if (groups.size() < 2) {
      return List.of();
    }
    int majority = (answers.size() + 1) / 2 + 1;
    List<ClusterMember> right =
        groups.values().stream()
            .filter(group -> group.size() >= majority)
            .findFirst()
            .orElse(List.of());
    String hashes = text(groups);
    if (right.isEmpty()) {
      return List.of(
          new CorruptionFinding(
              0, "the stores of members differ, and no majority agrees: " + hashes));
    }
    return groups.values().stream()
        .filter(group -> group != right)
        .flatMap(List::stream)
        .sorted(Comparator.comparingLong(ClusterMember::id))
        .map(
            member ->
                new CorruptionFinding(
                    member.id(),
                    "member " + member.label() + " differs from the majority: " + hashes))
        .toList();
  }

  /** By the hash as an unsigned number, so that the order is that of the text. */
  private Map<Integer, List<ClusterMember>> byHash() {
    Map<Integer, List<ClusterMember>> groups = new TreeMap<>(Integer::compareUnsigned);
    groups.computeIfAbsent(own.crc(), crc -> new ArrayList<>()).add(leader);
    for (PeerAnswer answer : answers) {
      if (counts(answer)) {
        int crc = answer.hash().map(StoreHash::hash).map(RevisionHash::crc).orElseThrow();
        groups.computeIfAbsent(crc, unused -> new ArrayList<>()).add(answer.member());
      }
    }
    return groups;
  }

  private boolean counts(PeerAnswer answer) {
    return answer
        .hash()
        .map(hash -> hash.hash().compactRevision() == own.compactRevision())
        .orElse(false);
  }

  private String before() {
    return own.compactRevision() == Revision.NEVER_COMPACTED
        ? "the first one"
        : "after one to " + own.compactRevision();
  }

  private String text(Map<Integer, List<ClusterMember>> groups) {
    return groups.entrySet().stream()
        .map(
            group ->
                group.getValue().stream()
                        .map(ClusterMember::label)
                        .collect(Collectors.joining(", "))
                    + " found hash "
                    + String.format("%08x", group.getKey()))
        .collect(
            Collectors.joining(
                "; ",
                "at the compaction to revision %d, %s, ".formatted(own.revision(), before()),
                ""));
  }
}
