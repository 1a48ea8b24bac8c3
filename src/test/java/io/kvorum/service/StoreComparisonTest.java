package io.kvorum.service;

import static io.kvorum.service.ServicesUnderTest.voter;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.mvcc.RevisionHash;
import io.kvorum.mvcc.StoreHash;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class StoreComparisonTest {
  private static final StoreHash OURS = hash(0xaa, 4, 7, 7);

  private static StoreHash hash(int crc, long compactRevision, long revision, long current) {
    return new StoreHash(new RevisionHash(crc, compactRevision, revision), current);
  }

  private static PeerAnswer from(long id, StoreHash hash) {
    return PeerAnswer.of(voter(id), hash);
  }

  private static Optional<CorruptionFinding> finding(
      StoreHash first, StoreHash second, PeerAnswer... answers) {
    return new StoreComparison(1, "m1 (1)", first, second, List.of(answers)).finding();
  }

  @Test
  void storesThatAreTheSameAreNoSign() {
    assertThat(finding(OURS, OURS, from(2, OURS), from(3, OURS))).isEmpty();
    assertThat(finding(OURS, OURS)).isEmpty();
  }

  @Test
  void anotherHashAtTheSameCompactionIsASignForThatMember() {
    assertThat(finding(OURS, OURS, from(2, OURS), from(3, hash(0xbb, 4, 7, 7))))
        .contains(
            new CorruptionFinding(
                3,
                "member m3 (3) has hash 000000bb at revision 7, compacted to 4,"
                    + " leader m1 (1) has 000000aa"));
  }

  @Test
  void atAnotherCompactionHashesCannotBeCompared() {
    assertThat(finding(OURS, OURS, from(2, hash(0xbb, 3, 7, 7)))).isEmpty();
    assertThat(finding(OURS, OURS, from(2, hash(0xbb, -1, 7, 7)))).isEmpty();
    StoreHash later = hash(0xcc, 6, 8, 8);
    assertThat(finding(OURS, later, from(2, hash(0xbb, 6, 7, 7))))
        .as("compacted between the leader's two readings")
        .isEmpty();
  }

  @Test
  void writesAndCompactionsBetweenTheReadingsAreNoSign() {
    assertThat(finding(OURS, hash(0xcc, 4, 8, 8), from(2, hash(0xaa, 4, 7, 8)))).isEmpty();
    assertThat(finding(OURS, hash(0xcc, 5, 7, 7), from(2, OURS))).isEmpty();
  }

  @Test
  void aHashThatChangesWithoutAWriteIsASignForTheLeader() {
    assertThat(finding(OURS, hash(0xcc, 4, 7, 7), from(2, hash(0xbb, 4, 7, 7))))
        .contains(
            new CorruptionFinding(
                1,
                "the hash of leader m1 (1) at revision 7, compacted to 4 changed from 000000aa to"
                    + " 000000cc"));
  }

  @Test
  void aMemberAheadOfTheLeaderIsASignForThatMember() {
    assertThat(finding(OURS, hash(0xaa, 4, 7, 7), from(2, hash(0xaa, 4, 7, 8))))
        .contains(
            new CorruptionFinding(
                2, "member m2 (2) is at revision 8, ahead of leader m1 (1) at 7"));
    assertThat(finding(OURS, OURS, from(2, hash(0xbb, 5, 7, 7))))
        .contains(
            new CorruptionFinding(
                2, "member m2 (2) is compacted to revision 5, ahead of leader m1 (1) at 4"));
  }

  @Test
  void oneCheckNamesTheFirstMemberAlone() {
    StoreHash other = hash(0xbb, 4, 7, 7);
    assertThat(finding(OURS, OURS, from(2, other), from(3, other)))
        .map(CorruptionFinding::memberId)
        .contains(2L);
  }

  @Test
  void aMemberThatDoesNotAnswerIsNoSign() {
    PeerAnswer behind =
        PeerAnswer.without(voter(2), new RequestException(ErrorCode.FUTURE_REVISION));
    assertThat(finding(OURS, OURS, behind)).isEmpty();
  }
}
