package io.kvorum.boot.config;

import io.kvorum.audit.ApiMethods;
import io.kvorum.audit.AuditLevel;
import io.kvorum.audit.AuditPolicy;
import io.kvorum.audit.AuditRule;
import io.kvorum.model.Bytes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the policy of the audit log, in YAML:
 *
 * <pre>
 *   rules:
 *   - level: None
 *     methods: [KV/Range, Lease/*]
 *   - level: Request
 *     users: [alice]
 *     prefixes: [/registry/secrets/]
 *   - level: Metadata
 * </pre>
 *
 * <p>A word that it does not know is refused: a rule that is misspelt would write too little. Each
 * method throws {@link ConfigurationException}. Stateless.
 *
 * <p>Held by: AuditTest.
 */
final class AuditPolicyFile {
  private static final String RULES = "rules";
  private static final String LEVEL = "level";
  private static final Set<String> CONDITIONS = Set.of("users", "methods", "prefixes");

  private final String path;

  private AuditPolicyFile(String path) {
    this.path = path;
  }

  static AuditPolicy read(String path) {
    return new AuditPolicyFile(path).policy(YamlMapping.read("audit-policy-file", path).values());
  }

  private AuditPolicy policy(Map<?, ?> document) {
    if (!document.keySet().equals(Set.of(RULES))
        || !(document.get(RULES) instanceof List<?> rules)
        || rules.isEmpty()) {
      throw refusal("it must have a list of " + RULES + ", and nothing else");
    }
    List<AuditRule> read = new ArrayList<>();
    for (Object rule : rules) {
      read.add(rule(rule, "rule " + (read.size() + 1)));
    }
    return new AuditPolicy(read);
  }

  private AuditRule rule(@Nullable Object rule, String where) {
    if (!(rule instanceof Map<?, ?> conditions)) {
      throw refusal(where + " is not a mapping");
    }
    for (Object name : conditions.keySet()) {
      if (!LEVEL.equals(name) && !CONDITIONS.contains(name)) {
        throw refusal(
            where
                + ": unknown name \""
                + name
                + "\"; there are level, users, methods and prefixes");
      }
    }
    List<String> methods = texts(conditions, "methods", where);
    for (String method : methods) {
      if (!ApiMethods.isKnown(method)) {
        throw refusal(
            where + ": unknown method \"" + method + "\"; they are written as KV/Put, or KV/*");
      }
    }
    return new AuditRule(
        level(conditions.get(LEVEL), where),
        Set.copyOf(texts(conditions, "users", where)),
        Set.copyOf(methods),
        texts(conditions, "prefixes", where).stream().map(Bytes::utf8).toList());
  }

  private AuditLevel level(@Nullable Object label, String where) {
    return Arrays.stream(AuditLevel.values())
        .filter(level -> level.label().equals(label))
        .findFirst()
        .orElseThrow(() -> refusal(where + ": level must be None, Metadata or Request"));
  }

  private List<String> texts(Map<?, ?> conditions, String name, String where) {
    if (!conditions.containsKey(name)) {
      return List.of();
    }
    if (!(conditions.get(name) instanceof List<?> values)
        || values.isEmpty()
        || !values.stream().allMatch(value -> value instanceof String text && !text.isEmpty())) {
      throw refusal(where + ": " + name + " must be a list of texts");
    }
    return values.stream().map(String.class::cast).toList();
  }

  private ConfigurationException refusal(String reason) {
    return YamlMapping.refusal("audit-policy-file", path, reason);
  }
}
