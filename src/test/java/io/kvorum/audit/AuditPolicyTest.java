package io.kvorum.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.model.Bytes;
import io.kvorum.model.KeyRange;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AuditPolicyTest {
  private static AuditRule rule(AuditLevel level, Set<String> methods, String... prefixes) {
    return new AuditRule(
        level, Set.of(), methods, Arrays.stream(prefixes).map(Bytes::utf8).toList());
  }

  private static KeyRange range(String from, String to) {
    return KeyRange.ofWire(Bytes.utf8(from), Bytes.utf8(to));
  }

  private static AuditLevel level(AuditRule rule, KeyRange... ranges) {
    return new AuditPolicy(List.of(rule, rule(AuditLevel.METADATA, Set.of())))
        .levelOf("", "KV/Put", List.of(ranges));
  }

  @Test
  void theFirstRuleThatCoversACallCounts() {
    AuditPolicy policy =
        new AuditPolicy(
            List.of(
                rule(AuditLevel.NONE, Set.of("KV/Range", "Lease/*")),
                new AuditRule(AuditLevel.REQUEST, Set.of("alice"), Set.of(), List.of()),
                rule(AuditLevel.METADATA, Set.of("KV/*"))));
    assertThat(policy.levelOf("alice", "KV/Range", List.of())).isEqualTo(AuditLevel.NONE);
    assertThat(policy.levelOf("alice", "Lease/LeaseGrant", List.of())).isEqualTo(AuditLevel.NONE);
    assertThat(policy.levelOf("alice", "KV/Put", List.of())).isEqualTo(AuditLevel.REQUEST);
    assertThat(policy.levelOf("bob", "KV/Put", List.of())).isEqualTo(AuditLevel.METADATA);
    assertThat(policy.levelOf("bob", "Watch/Watch", List.of())).isEqualTo(AuditLevel.NONE);
    assertThat(policy.asksForKeys()).isFalse();
    assertThat(AuditPolicy.metadataOfAll().levelOf("", "Watch/Watch", List.of()))
        .isEqualTo(AuditLevel.METADATA);
  }

  @Test
  void aRuleThatWritesCoversACallThatTouchesItsPrefix() {
    AuditRule secrets = rule(AuditLevel.REQUEST, Set.of(), "/s/", "/t/");
    for (KeyRange touching :
        List.of(
            range("/s/", ""),
            range("/t/a", ""),
            range("/s/a", "/s/b"),
            range("/a", "/s/a"),
            range("/a", "/z"),
            range("/a", "\0"))) {
      assertThat(level(secrets, touching)).as("%s", touching).isEqualTo(AuditLevel.REQUEST);
    }
    for (KeyRange beside :
        List.of(range("/s", ""), range("/s0", ""), range("/a", "/s/"), range("/u", "\0"))) {
      assertThat(level(secrets, beside)).as("%s", beside).isEqualTo(AuditLevel.METADATA);
    }
    assertThat(level(secrets, range("/a", ""), range("/s/a", ""))).isEqualTo(AuditLevel.REQUEST);
    assertThat(level(secrets)).isEqualTo(AuditLevel.METADATA);
  }

  @Test
  void aRuleThatWritesNothingHidesNoKeyBesideItsPrefix() {
    AuditRule noise = rule(AuditLevel.NONE, Set.of(), "/e/");
    for (KeyRange inside : List.of(range("/e/a", ""), range("/e/a", "/e/b"), range("/e/", "/e0"))) {
      assertThat(level(noise, inside)).as("%s", inside).isEqualTo(AuditLevel.NONE);
    }
    for (KeyRange beyond :
        List.of(range("/a", ""), range("/e/", "/f"), range("/a", "/e/b"), range("/e/", "\0"))) {
      assertThat(level(noise, beyond)).as("%s", beyond).isEqualTo(AuditLevel.METADATA);
    }
    assertThat(level(noise, range("/e/a", ""), range("/f", ""))).isEqualTo(AuditLevel.METADATA);
    assertThat(level(noise)).isEqualTo(AuditLevel.METADATA);
  }
}
