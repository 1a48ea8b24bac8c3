package io.kvorum.service;

import io.kvorum.mvcc.StoreHash;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Judges, at the start of a member, its store by those of the others: only where one has the same
 * compact revision and another hash is the difference one of content. Immutable.
 *
 * @param self the label of this member
 * @param own what its store hashes to
 */
record StartComparison(String self, StoreHash own, List<PeerAnswer> answers) {

  /** Why the member must not start; empty if nothing speaks against it. */
  Optional<String> refusal() {
    List<PeerAnswer> others =
        answers.stream().filter(answer -> answer.hash().map(this::differs).orElse(false)).toList();
    if (others.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        "%s found data inconsistency with peers: at %s, its store has hash %s, %s; it was not started: replace the member that differs from the majority, see \"When data is corrupt\" in docs/operations.md"
            .formatted(
                self,
                own.hash().place(),
                own.hash().text(),
                others.stream().map(PeerAnswer::text).collect(Collectors.joining(", "))));
  }

  /** What is worth a line although it proves nothing. */
  List<String> remarks() {
    return answers.stream()
        .filter(answer -> answer.hash().map(hash -> !own.isComparableTo(hash)).orElse(true))
        .map(this::remark)
        .toList();
  }

  private String remark(PeerAnswer answer) {
    return answer
        .hash()
        .map(
            hash ->
                "%s answered for %s, this member is at %s"
                    .formatted(answer.member().label(), hash.hash().place(), own.hash().place()))
        .orElseGet(answer::text);
  }

  private boolean differs(StoreHash other) {
    return own.isComparableTo(other) && own.hash().crc() != other.hash().crc();
  }
}
