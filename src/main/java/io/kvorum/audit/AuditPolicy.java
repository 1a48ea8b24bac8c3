package io.kvorum.audit;

import io.kvorum.model.KeyRange;
import java.util.List;
import java.util.Set;

/**
 * Decides how much is written of a call: the first rule that covers it counts, and nothing is
 * written of what no rule covers. Immutable.
 */
public record AuditPolicy(List<AuditRule> rules) {
  public AuditPolicy {
    rules = List.copyOf(rules);
  }

  /** The policy without a file: the metadata of all calls. */
  public static AuditPolicy metadataOfAll() {
    return new AuditPolicy(
        List.of(new AuditRule(AuditLevel.METADATA, Set.of(), Set.of(), List.of())));
  }

  /** Whether keys matter. */
  public boolean asksForKeys() {
    return rules.stream().anyMatch(rule -> !rule.prefixes().isEmpty());
  }

  /**
   * @param user empty if there is none
   * @param method such as {@code KV/Put}
   * @param ranges the keys of the call, if the policy {@link #asksForKeys}
   */
  public AuditLevel levelOf(String user, String method, List<KeyRange> ranges) {
    for (AuditRule rule : rules) {
      if (rule.covers(user, method, ranges)) {
        return rule.level();
      }
    }
    return AuditLevel.NONE;
  }
}
