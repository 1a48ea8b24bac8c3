package io.kvorum.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.model.Bytes;
import io.kvorum.model.Command.DeleteRange;
import io.kvorum.model.Command.Put;
import io.kvorum.model.Command.Txn;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.KeyRange;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.RequestException;
import io.kvorum.model.TxnOp;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class TxnValidationTest {
  @Test
  void twoPutsOfOneKeyInABranchAreRefused() {
    refused(ErrorCode.DUPLICATE_KEY, txn(List.of(put("a"), put("a")), List.of()));
    refused(ErrorCode.DUPLICATE_KEY, txn(List.of(), List.of(put("a"), put("a"))));
  }

  @Test
  void bothBranchesMayPutTheSameKey() {
    accepted(txn(List.of(put("a")), List.of(put("a"))));
  }

  @Test
  void aPutInsideADeletedRangeIsRefusedWhateverTheOrder() {
    refused(ErrorCode.DUPLICATE_KEY, txn(List.of(put("b"), delete("a", "c")), List.of()));
    refused(ErrorCode.DUPLICATE_KEY, txn(List.of(delete("a", "c"), put("b")), List.of()));
    accepted(txn(List.of(delete("a", "c"), put("c")), List.of()));
  }

  @Test
  void aDeletionWithoutEndClashesWithNoPutAsInEtcd() {
    accepted(txn(List.of(delete("a", ""), put("b")), List.of()));
    accepted(txn(List.of(delete("a", ""), put("a")), List.of()));
    accepted(txn(List.of(delete("c", "a"), put("c")), List.of()));
    accepted(txn(List.of(txn(List.of(delete("a", "")), List.of()), put("a")), List.of()));
  }

  @Test
  void aPutThatKeepsAValueOrALeaseClashesWithADeletionWithoutEnd() {
    for (Put put : List.of(keeping(true, false), keeping(false, true))) {
      refused(ErrorCode.DUPLICATE_KEY, txn(List.of(delete("a", ""), put), List.of()));
      refused(
          ErrorCode.DUPLICATE_KEY,
          txn(List.of(delete("a", ""), txn(List.of(put("b")), List.of(put))), List.of()));
      accepted(txn(List.of(delete("c", ""), put), List.of()));
    }
  }

  @Test
  void deletionsMayOverlap() {
    accepted(txn(List.of(delete("a", "c"), delete("b", "d")), List.of()));
  }

  @Test
  void theBranchesOfANestedTransactionMayWriteTheSameKey() {
    accepted(txn(List.of(txn(List.of(put("a")), List.of(put("a")))), List.of()));
    accepted(txn(List.of(txn(List.of(delete("a", "b")), List.of(put("a")))), List.of()));
  }

  @Test
  void aNestedPutCountsAgainstItsParentAndItsSiblings() {
    Txn nested = txn(List.of(), List.of(put("a")));
    refused(ErrorCode.DUPLICATE_KEY, txn(List.of(nested, put("a")), List.of()));
    refused(ErrorCode.DUPLICATE_KEY, txn(List.of(nested, nested), List.of()));
    refused(ErrorCode.DUPLICATE_KEY, txn(List.of(nested, delete("a", "b")), List.of()));
  }

  @Test
  void aNestedDeletionCountsAgainstAnOuterPut() {
    Txn nested = txn(List.of(delete("a", "c")), List.of());
    refused(ErrorCode.DUPLICATE_KEY, txn(List.of(nested, put("b")), List.of()));
  }

  @Test
  void theLongestListCountsAndNestedTransactionsGetWhatIsLeft() {
    List<TxnOp> three = Collections.nCopies(3, RangeQuery.of(KeyRange.single(Bytes.utf8("a"))));
    accepted(txn(three, three));
    refused(ErrorCode.TOO_MANY_OPS, txn(List.of(put("b"), txn(three, List.of())), List.of()));
    accepted(txn(List.of(txn(List.of(put("a")), List.of())), List.of()));
  }

  @Test
  void emptyKeysAreRefusedEverywhere() {
    refused(ErrorCode.EMPTY_KEY, txn(List.of(put("")), List.of()));
    refused(ErrorCode.EMPTY_KEY, txn(List.of(txn(List.of(), List.of(put("")))), List.of()));
    refused(
        ErrorCode.EMPTY_KEY, txn(List.of(), List.of(RangeQuery.of(KeyRange.single(Bytes.EMPTY)))));
  }

  private static void refused(ErrorCode code, Txn txn) {
    assertThatThrownBy(() -> TxnValidation.validate(txn, 3))
        .isInstanceOfSatisfying(
            RequestException.class, refusal -> assertThat(refusal.code()).isEqualTo(code));
  }

  private static void accepted(Txn txn) {
    assertThatCode(() -> TxnValidation.validate(txn, 3)).doesNotThrowAnyException();
  }

  private static Txn txn(List<TxnOp> success, List<TxnOp> failure) {
    return new Txn(List.of(), success, failure);
  }

  private static Put put(String key) {
    return Put.of(Bytes.utf8(key), Bytes.EMPTY);
  }

  private static Put keeping(boolean value, boolean lease) {
    return new Put(Bytes.utf8("b"), Bytes.EMPTY, 0, false, value, lease);
  }

  private static DeleteRange delete(String from, String to) {
    return new DeleteRange(new KeyRange(Bytes.utf8(from), Bytes.utf8(to)), false);
  }
}
