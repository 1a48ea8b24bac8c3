package io.kvorum.differential;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import io.grpc.StatusRuntimeException;
import io.kvorum.testing.Pause;
import java.util.ArrayList;
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
  /** What the events of all watches are counted as. */
  static final String WATCH_EVENTS = "events of watches";

  private final Server ours;
  private final Server theirs;
  private final KnownDifferences known;
  private final Map<String, Integer> taken = new TreeMap<>();

  Comparison(Server ours, Server theirs) {
    this.ours = ours;
    this.theirs = theirs;
    this.known = new KnownDifferences(theirs.version());
  }

  /** How often each rule was needed. */
  Map<Rule, Integer> uses() {
    return known.uses();
  }

  /**
   * How many steps of each kind were taken, those that succeeded apart, and how many events watches
   * had.
   */
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
      if (known.avoid(step, new Moment(authIsOn, done))) {
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
      pair = known.without(step, pair);
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

  private void count(Step step, JsonElement outcome) {
    taken.merge(
        step.kind() + (hasSucceeded(outcome) ? "" : " (refused or silent)"), 1, Integer::sum);
    int events = watchEvents(outcome);
    if (events > 0) {
      taken.merge(WATCH_EVENTS, events, Integer::sum);
    }
  }

  /** How many events watchers have got, in an outcome of {@link Side#take}. */
  static int watchEvents(JsonElement outcome) {
    int events = 0;
    for (JsonElement said : outcome.getAsJsonObject().asMap().values()) {
      if (said.isJsonObject()) {
        for (Map.Entry<String, JsonElement> part : said.getAsJsonObject().entrySet()) {
          events += part.getKey().startsWith("watcher ") ? events(part.getValue()) : 0;
        }
      }
    }
    return events;
  }

  private static int events(JsonElement messages) {
    int events = 0;
    for (JsonElement message : messages.getAsJsonArray()) {
      events += message.isJsonObject() && message.getAsJsonObject().has("kv") ? 1 : 0;
    }
    return events;
  }

  private static boolean hasSucceeded(JsonElement outcome) {
    JsonObject object = outcome.getAsJsonObject();
    JsonElement answer = object.has("answer") ? object.get("answer") : JsonNull.INSTANCE;
    return Calls.isOk(answer);
  }
}
