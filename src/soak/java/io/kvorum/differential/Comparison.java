package io.kvorum.differential;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import io.grpc.StatusRuntimeException;
import io.kvorum.testing.Pause;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/** Has two servers take the same sequences, and finds the first step that differs. One thread. */
final class Comparison {
  private final Server ours;
  private final Server theirs;
  private final List<Rule> rules;
  private final Map<Rule, Integer> uses = new EnumMap<>(Rule.class);
  private final Map<String, Integer> taken = new TreeMap<>();

  Comparison(Server ours, Server theirs) {
    this.ours = ours;
    this.theirs = theirs;
    this.rules =
        Arrays.stream(Rule.values()).filter(rule -> rule.concerns(theirs.version())).toList();
    rules.forEach(rule -> uses.put(rule, 0));
  }

  /** How often each rule was needed. */
  Map<Rule, Integer> uses() {
    return new EnumMap<>(uses);
  }

  /** How many steps of each kind were taken, and how many of them succeeded. */
  Map<String, Integer> taken() {
    return taken;
  }

  /** The first step that differs, if there is one. */
  Optional<Difference> run(List<Step> steps) {
    long base = both(ours::clean, theirs::clean, Math::max) + 3;
    long aligned = both(() -> ours.alignTo(base), () -> theirs.alignTo(base), Math::min);
    if (aligned != base) {
      throw new IllegalStateException("one is at " + aligned + " instead of " + base);
    }
    try (Side our = new Side(ours, base);
        Side their = new Side(theirs, base)) {
      return run(steps, our, their);
    }
  }

  /** Has both servers at work at a time. */
  private static <T, R> R both(Supplier<T> our, Supplier<T> their, BiFunction<T, T, R> result) {
    CompletableFuture<T> there = CompletableFuture.supplyAsync(their);
    return result.apply(our.get(), there.join());
  }

  private Optional<Difference> run(List<Step> steps, Side our, Side their) {
    boolean authIsOn = false;
    List<Step> done = new ArrayList<>();
    for (Step step : steps) {
      if (isAvoided(step, authIsOn)) {
        continue;
      }
      done.add(step);
      Pair pair;
      try {
        pair = both(() -> our.take(step), () -> their.take(step), Pair::new);
      } catch (StatusRuntimeException | CompletionException gone) {
        throw new IllegalStateException("a server does not answer after " + done, gone);
      }
      count(step, pair.ours());
      if (!pair.isEqual()) {
        pair = withoutKnownDifferences(step, pair);
      }
      if (!pair.isEqual() || Side.isUnsettled(pair.ours())) {
        return Optional.of(new Difference(done, pair));
      }
      if (hasSucceeded(pair.ours())) {
        authIsOn =
            step.kind().equals("AUTH_ENABLE") || authIsOn && !step.kind().equals("AUTH_DISABLE");
      }
    }
    return endings(done, our, their);
  }

  /** Streams that end without a word do so when they get to it. */
  private static Optional<Difference> endings(List<Step> done, Side our, Side their) {
    long deadline = System.nanoTime() + Server.PATIENCE.toNanos();
    Pair pair = new Pair(our.endings(), their.endings());
    while (!pair.isEqual() && System.nanoTime() < deadline) {
      Pause.of(20);
      pair = new Pair(our.endings(), their.endings());
    }
    return pair.isEqual() || done.isEmpty()
        ? Optional.empty()
        : Optional.of(new Difference(done, pair));
  }

  private boolean isAvoided(Step step, boolean authIsOn) {
    for (Rule rule : rules) {
      if (rule.avoids(step, authIsOn)) {
        uses.merge(rule, 1, Integer::sum);
        return true;
      }
    }
    return false;
  }

  /** Rules are counted only where they are enough together. */
  private Pair withoutKnownDifferences(Step step, Pair pair) {
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

  private void count(Step step, JsonElement outcome) {
    taken.merge(
        step.kind() + (hasSucceeded(outcome) ? "" : " (refused or silent)"), 1, Integer::sum);
  }

  private static boolean hasSucceeded(JsonElement outcome) {
    JsonObject object = outcome.getAsJsonObject();
    JsonElement answer = object.has("answer") ? object.get("answer") : JsonNull.INSTANCE;
    return Calls.isOk(answer);
  }
}
