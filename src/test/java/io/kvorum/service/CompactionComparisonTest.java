package io.kvorum.service;

import static io.kvorum.service.ServicesUnderTest.voter;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.mvcc.RevisionHash;
import io.kvorum.mvcc.StoreHash;
import io.kvorum.service.CompactionComparison.Verdict;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CompactionComparisonTest {
  private static final long PREVIOUS = 4;

  /**
   * The members by their hashes, the leader's first, each a letter: {@code -} for one that does not
   * answer, {@code ?} for one that was compacted to another revision before.
   */
  private static CompactionComparison of(String hashes) {
    List<PeerAnswer> answers = new ArrayList<>();
    for (int i = 1; i < hashes.length(); i++) {
      long id = i + 1;
      answers.add(
          switch (hashes.charAt(i)) {
            case '-' -> PeerAnswer.without(voter(id), new RequestException(ErrorCode.COMPACTED));
            case '?' -> PeerAnswer.of(voter(id), new StoreHash(new RevisionHash(1, 2, 9), 9));
            default ->
                PeerAnswer.of(
                    voter(id), new StoreHash(new RevisionHash(hashes.charAt(i), PREVIOUS, 9), 12));
          });
    }
    return new CompactionComparison(
        voter(1), new RevisionHash(hashes.charAt(0), PREVIOUS, 9), answers);
  }

  @ParameterizedTest
  @CsvSource({
    "a, AGREED, ''",
    "aa, AGREED, ''",
    "aaa, AGREED, ''",
    "aa-, INCOMPLETE, ''",
    "aa?, INCOMPLETE, ''",
    "a--, INCOMPLETE, ''",
    "ab, DIFFERENT, 0",
    "aab, DIFFERENT, 3",
    "aba, DIFFERENT, 2",
    "baa, DIFFERENT, 1",
    "abc, DIFFERENT, 0",
    "ab-, DIFFERENT, 0",
    "ab?, DIFFERENT, 0",
    "aabb, DIFFERENT, 0",
    "aaab, DIFFERENT, 4",
    "aabbc, DIFFERENT, 0",
    "aabba, DIFFERENT, 3 4",
    "baaac, DIFFERENT, 1 5",
    "aaab-, DIFFERENT, 4",
    "aab--, DIFFERENT, 0",
    "baa?a, DIFFERENT, 1",
  })
  void theHashOfAMajorityOfAllMembersIsRight(String hashes, Verdict verdict, String alarms) {
    CompactionComparison comparison = of(hashes);
    assertThat(comparison.verdict()).isEqualTo(verdict);
    assertThat(
            String.join(
                " ",
                comparison.findings().stream()
                    .map(finding -> Long.toString(finding.memberId()))
                    .toList()))
        .isEqualTo(alarms);
  }

  @Test
  void aFindingNamesAllHashesWithTheirMembers() {
    assertThat(of("aab").findings().get(0).text())
        .isEqualTo(
            "member m3 (3) differs from the majority: at the compaction to revision 9, after one"
                + " to 4, m1 (1), m2 (2) found hash 00000061; m3 (3) found hash 00000062");
    assertThat(of("ab").findings().get(0).text())
        .isEqualTo(
            "the stores of members differ, and no majority agrees: at the compaction to revision"
                + " 9, after one to 4, m1 (1) found hash 00000061; m2 (2) found hash 00000062");
  }
}
