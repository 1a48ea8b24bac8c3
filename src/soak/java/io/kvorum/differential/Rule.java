package io.kvorum.differential;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What an etcd does otherwise than Kvorum, and why that is no fault: the only differences that are
 * let pass. One that is never needed in a long run is out of date.
 */
enum Rule {
  WAITERS_THAT_GIVE_UP_UNDER_AUTH(
      "etcd leaves the key of a cancelled Lock or Campaign in the queue while auth is on",
      Rule::isAny) {
    @Override
    boolean avoids(Step step, boolean authIsOn) {
      return authIsOn && step instanceof Step.Cancel;
    }
  },
  ONE_OF_TWO_FAULTS(
      "etcd reads JSON to its end before it looks at a field: of two faults it names another one",
      Rule::isAny) {
    @Override
    Pair without(Step step, Pair pair) {
      return step instanceof Step.Mangled ? withoutMessage(pair, "proto: ") : pair;
    }
  };

  private final String reason;
  private final Predicate<String> versions;

  /**
   * @param versions of etcd that it is about
   */
  Rule(String reason, Predicate<String> versions) {
    this.reason = reason;
    this.versions = versions;
  }

  String reason() {
    return reason;
  }

  boolean concerns(String version) {
    return versions.test(version);
  }

  private static boolean isAny(String version) {
    return !version.isEmpty();
  }

  /** True if the step is not taken, so that the states of the two servers stay equal. */
  boolean avoids(Step step, boolean authIsOn) {
    return false;
  }

  /** The pair without the difference that the rule is about. */
  Pair without(Step step, Pair pair) {
    return pair;
  }

  /** Sets aside which message two errors of the same code have, if ours begins like that. */
  private static Pair withoutMessage(Pair pair, String beginning) {
    JsonObject our = error(pair.ours());
    JsonObject their = error(pair.theirs());
    boolean isKnown =
        our != null
            && their != null
            && our.get("message").getAsString().startsWith(beginning)
            && our.get("code").equals(their.get("code"));
    return isKnown ? new Pair(pair.ours(), pair.ours()) : pair;
  }

  private static @Nullable JsonObject error(JsonElement outcome) {
    JsonElement answer = outcome.getAsJsonObject().get("answer");
    if (answer == null || !answer.isJsonObject()) {
      return null;
    }
    JsonElement error = answer.getAsJsonObject().get("error");
    return error != null && error.isJsonObject() ? error.getAsJsonObject() : null;
  }
}
