package io.kvorum.differential;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Applies the rules about one version of etcd, and counts how often each of them decides. Confined
 * to one thread.
 */
final class KnownDifferences {
  private final List<Rule> rules;
  private final Map<Rule, Integer> uses = new EnumMap<>(Rule.class);

  KnownDifferences(String version) {
    this.rules = Arrays.stream(Rule.values()).filter(rule -> rule.concerns(version)).toList();
    rules.forEach(rule -> uses.put(rule, 0));
  }

  /** How often each rule was needed. */
  Map<Rule, Integer> uses() {
    return new EnumMap<>(uses);
  }

  /** True if the step is not to be taken. */
  boolean avoid(Step step, Moment moment) {
    for (Rule rule : rules) {
      if (rule.avoids(step, moment)) {
        uses.merge(rule, 1, Integer::sum);
        return true;
      }
    }
    return false;
  }

  /** What is left of a difference; rules are counted only where they are enough together. */
  Pair without(Step step, Pair pair) {
    if (pair.isEqual()) {
      return pair;
    }
    List<Rule> used = new ArrayList<>();
    Pair rest = pair;
    for (Rule rule : rules) {
      Pair next = rule.without(step, rest);
      if (!next.equals(rest)) {
        used.add(rule);
        rest = next;
      }
    }
    if (rest.isEqual()) {
      used.forEach(rule -> uses.merge(rule, 1, Integer::sum));
    }
    return rest;
  }
}
