package io.kvorum.service;

import static io.kvorum.service.ServicesUnderTest.voter;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.mvcc.RevisionHash;
import io.kvorum.mvcc.StoreHash;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

final class StartComparisonTest {
  private static final StoreHash OWN = hash(0x1a, 7, -1);

  private static StoreHash hash(int crc, long revision, long compactRevision) {
    return new StoreHash(new RevisionHash(crc, compactRevision, revision), 9);
  }

  private static StartComparison with(PeerAnswer... answers) {
    return new StartComparison("m1 (1)", OWN, List.of(answers));
  }

  @Test
  void aMemberStartsIfTheOthersHaveTheSame() {
    StartComparison comparison =
        with(PeerAnswer.of(voter(2), OWN), PeerAnswer.of(voter(3), hash(0x1a, 7, -1)));
    assertThat(comparison.refusal()).isEmpty();
    assertThat(comparison.remarks()).isEmpty();
  }

  @Test
  void aMemberDoesNotStartIfAnyOtherHasAnotherHash() {
    StartComparison comparison =
        with(
            PeerAnswer.of(voter(2), hash(0xbeef, 7, -1)),
            PeerAnswer.of(voter(3), OWN),
            PeerAnswer.of(voter(4), hash(-1, 7, -1)));
    assertThat(comparison.refusal())
        .contains(
            "m1 (1) found data inconsistency with peers: at revision 7, never compacted, its store"
                + " has hash 0000001a, m2 (2) has 0000beef, m4 (4) has ffffffff; it was not"
                + " started: replace the member that differs from the majority, see \"When data is"
                + " corrupt\" in docs/operations.md");
    assertThat(comparison.remarks()).isEmpty();
  }

  @Test
  void whatProvesNothingIsRemarked() {
    StartComparison comparison =
        with(
            PeerAnswer.of(voter(2), hash(0xbeef, 7, 5)),
            PeerAnswer.without(voter(3), new IOException("Connection refused")),
            PeerAnswer.without(voter(4), new RequestException(ErrorCode.COMPACTED)),
            PeerAnswer.without(voter(5), new RequestException(ErrorCode.FUTURE_REVISION)),
            PeerAnswer.without(voter(6), new RequestException(ErrorCode.STOPPED)));
    assertThat(comparison.refusal()).isEmpty();
    assertThat(comparison.remarks())
        .containsExactly(
            "m2 (2) answered for revision 7, compacted to 5, this member is at revision 7, never"
                + " compacted",
            "m3 (3) gave none: Connection refused",
            "m4 (4) gave none: it has compacted that revision already",
            "m5 (5) gave none: it has not reached that revision yet",
            "m6 (6) gave none: STOPPED");
  }
}
