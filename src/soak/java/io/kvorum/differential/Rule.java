package io.kvorum.differential;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.grpc.Status;
import io.kvorum.proto.etcdserverpb.AlarmRequest;
import io.kvorum.proto.etcdserverpb.AlarmType;
import io.kvorum.proto.etcdserverpb.TxnRequest;
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
  ALARMS_WITHOUT_A_NAME(
      "etcd keeps an alarm of any number, and shows the number; Kvorum has those with a name",
      Rule::isAny) {
    @Override
    boolean avoids(Step step, boolean authIsOn) {
      return step instanceof Step.Call call
          && call.request() instanceof AlarmRequest alarm
          && alarm.getAlarm() == AlarmType.UNRECOGNIZED;
    }
  },
  DELETIONS_OF_NOTHING(
      "whether a put clashes with a deletion without end, or of an empty range, that begins with its"
          + " key, depends in etcd on the other deletions of the transaction",
      Rule::isAny) {
    @Override
    boolean avoids(Step step, boolean authIsOn) {
      return step instanceof Step.Call call
          && call.request() instanceof TxnRequest txn
          && TxnFaults.putsWhereADeletionOfNothingBegins(txn);
    }
  },
  NUMBERS_THAT_END_EARLY(
      "etcd takes what stands before a bracket or a comma for the whole of a number that is quoted",
      Rule::isAny) {
    @Override
    Pair without(Step step, Pair pair) {
      JsonObject our = error(pair.ours());
      boolean isOfNumber =
          step instanceof Step.Mangled
              && our != null
              && our.get("message").getAsString().contains("invalid value for int64 field");
      return isOfNumber ? new Pair(pair.ours(), pair.ours()) : pair;
    }
  },
  HASHES_THAT_COMPACTIONS_FOUND(
      "HashKV at a compacted revision shows what the compaction has found, which is about what was"
          + " before the sequence, and there a moment later here",
      Rule::isAny) {
    @Override
    Pair without(Step step, Pair pair) {
      return step.kind().equals(Rpc.HASH_KV.name()) && isHashOfCompaction(pair)
          ? new Pair(pair.ours(), pair.ours())
          : pair;
    }
  },
  ONE_OF_TWO_FAULTS(
      "of two faults in a transaction, or in JSON, another one may be named: Kvorum reads a request"
          + " before it counts its operations, etcd reads JSON to its end before it looks at a field",
      Rule::isAny) {
    @Override
    Pair without(Step step, Pair pair) {
      boolean isRead = step instanceof Step.Mangled || step.kind().equals(Rpc.TXN.name());
      return isRead ? withoutMessage(pair) : pair;
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

  /** Sets aside which message two errors of the same code have. */
  private static Pair withoutMessage(Pair pair) {
    JsonObject our = error(pair.ours());
    JsonObject their = error(pair.theirs());
    boolean isKnown =
        our != null
            && their != null
            && our.get("code").getAsInt() == Status.Code.INVALID_ARGUMENT.value()
            && our.get("code").equals(their.get("code"));
    return isKnown ? new Pair(pair.ours(), pair.ours()) : pair;
  }

  private static boolean isHashOfCompaction(Pair pair) {
    JsonObject our = ok(pair.ours());
    JsonObject their = ok(pair.theirs());
    return our != null
        && their != null
        && our.get("hash_revision").equals(their.get("hash_revision"))
        && !our.get("compact_revision").equals(their.get("compact_revision"));
  }

  private static @Nullable JsonObject ok(JsonElement outcome) {
    JsonElement answer = outcome.getAsJsonObject().get("answer");
    return answer != null && Calls.isOk(answer)
        ? answer.getAsJsonObject().getAsJsonObject("ok")
        : null;
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
