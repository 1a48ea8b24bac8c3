package io.kvorum.service;

import io.kvorum.mvcc.RevisionHash;
import io.kvorum.mvcc.StoreHash;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Judges the stores of all members by the leader's, as of one check. Immutable.
 *
 * <p>The leader hashes its store, has the others hash theirs at the same revision, confirms by a
 * read that it has applied whatever any of them may have, and hashes its store once more. After
 * that no other member can be ahead of it, unless that one holds what was never committed.
 *
 * <pre>
 * sign                                                                    alarm for
 * the leader's own hash changed, at the same revision and compaction      the leader
 * a member is at a later revision than the leader's second reading        that member
 * a member is compacted further than the leader's second reading          that member
 * a member is compacted as far as the leader's first, with another hash   that member
 * </pre>
 *
 * @param selfId the leader
 * @param self the label of the leader
 * @param first the leader's hash; the others were asked for its revision
 * @param second the leader's hash after that
 */
record StoreComparison(
    long selfId, String self, StoreHash first, StoreHash second, List<PeerAnswer> answers) {

  /** The first sign there is, in the order of the table: one alarm for each check. */
  Optional<CorruptionFinding> finding() {
    return Stream.concat(
            ownChange().stream(), answers.stream().flatMap(answer -> finding(answer).stream()))
        .findFirst();
  }

  private Optional<CorruptionFinding> ownChange() {
    if (!first.isComparableTo(second) || first.hash().crc() == second.hash().crc()) {
      return Optional.empty();
    }
    return Optional.of(
        new CorruptionFinding(
            selfId,
            "the hash of leader %s at %s changed from %s to %s"
                .formatted(self, first.hash().place(), first.hash().text(), second.hash().text())));
  }

  private Optional<CorruptionFinding> finding(PeerAnswer answer) {
    return answer
        .hash()
        .flatMap(this::sign)
        .map(
            sign ->
                new CorruptionFinding(
                    answer.member().id(), "member " + answer.member().label() + " " + sign));
  }

  private Optional<String> sign(StoreHash other) {
    RevisionHash theirs = other.hash();
    RevisionHash ours = first.hash();
    if (other.currentRevision() > second.currentRevision()) {
      return Optional.of(
          "is at revision %d, ahead of leader %s at %d"
              .formatted(other.currentRevision(), self, second.currentRevision()));
    }
    if (theirs.compactRevision() > second.hash().compactRevision()) {
      return Optional.of(
          "is compacted to revision %d, ahead of leader %s at %d"
              .formatted(theirs.compactRevision(), self, second.hash().compactRevision()));
    }
    if (theirs.compactRevision() == ours.compactRevision() && theirs.crc() != ours.crc()) {
      return Optional.of(
          "has hash %s at %s, leader %s has %s"
              .formatted(theirs.text(), ours.place(), self, ours.text()));
    }
    return Optional.empty();
  }
}
