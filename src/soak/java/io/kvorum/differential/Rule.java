package io.kvorum.differential;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.grpc.Status;
import io.kvorum.proto.etcdserverpb.AlarmRequest;
import io.kvorum.proto.etcdserverpb.AlarmType;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.proto.etcdserverpb.TxnRequest;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What an etcd does otherwise than Kvorum, and why that is no fault: the only differences that are
 * let pass. One that is never needed in a long run is out of date.
 */
enum Rule {
  WAITERS_THAT_GIVE_UP_UNDER_AUTH(
      "etcd leaves the key of a cancelled Lock or Campaign in the queue while auth is on",
      Rule::isLater) {
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
  PASSWORDS_OF_OTHERS(
      "etcd hashes every new password, and so looks at its length, before it asks for rights",
      Rule::isLater) {
    @Override
    Pair without(Step step, Pair pair) {
      JsonObject their = error(pair.theirs());
      boolean isLength = their != null && their.get("message").getAsString().startsWith("bcrypt: ");
      return isLength && error(pair.ours()) != null ? new Pair(pair.theirs(), pair.theirs()) : pair;
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
      Rule::isLater) {
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
      Rule::isLater) {
    @Override
    Pair without(Step step, Pair pair) {
      return step.kind().equals(Rpc.HASH_KV.name()) && isHashOfCompaction(pair)
          ? new Pair(pair.ours(), pair.ours())
          : pair;
    }
  },
  FAULTS_OF_34("of two faults of a write etcd 3.4 names another one", Rule::is34) {
    @Override
    Pair without(Step step, Pair pair) {
      boolean isWrite = step.kind().equals(Rpc.TXN.name()) || step.kind().equals(Rpc.PUT.name());
      boolean areRefused = error(pair.ours()) != null && error(pair.theirs()) != null;
      return isWrite && areRefused ? new Pair(pair.ours(), pair.ours()) : pair;
    }
  },
  NO_ALARMS_OF_34("etcd 3.4 keeps an alarm of the kind NONE", Rule::is34) {
    @Override
    boolean avoids(Step step, boolean authIsOn) {
      return step instanceof Step.Call call
          && call.request() instanceof AlarmRequest alarm
          && alarm.getAlarm() == AlarmType.NONE
          && alarm.getAction() != AlarmRequest.AlarmAction.GET;
    }
  },
  LEASES_OF_KEYS_OF_34("a range of keys only has their leases in etcd 3.4", Rule::is34) {
    @Override
    Pair without(Step step, Pair pair) {
      boolean isRead = step.kind().equals(Rpc.RANGE.name()) || step.kind().equals(Rpc.TXN.name());
      return isRead ? new Pair(pair.ours(), Json34.withoutLeasesOfKeys(pair.theirs())) : pair;
    }
  },
  TOKENS_OF_34("etcd 3.4 looks at tokens while auth is off", Rule::is34) {
    @Override
    boolean avoids(Step step, boolean authIsOn) {
      return step.who().equals(Users.STRANGER);
    }
  },
  STARTS_OF_34("etcd 3.4 watches from a revision below zero", Rule::is34) {
    @Override
    boolean avoids(Step step, boolean authIsOn) {
      return step instanceof Step.OpenWatch open
              && open.creates().stream().anyMatch(create -> create.getStartRevision() < 0)
          || step instanceof Step.Watch watch
              && watch.request().getCreateRequest().getStartRevision() < 0;
    }
  },
  AUTH_OF_34(
      "etcd 3.4 checks fewer calls, has other answers, and ends its process at a grant that names no"
          + " permission",
      Rule::is34) {
    @Override
    boolean avoids(Step step, boolean authIsOn) {
      return step instanceof Step.Call call && call.rpc().isOfAuth();
    }
  },
  CARE_OF_34(
      "etcd 3.4 lacks Downgrade and fields of Status, hashes what a compaction has dropped, and"
          + " takes and refuses other changes of members",
      Rule::is34) {
    @Override
    boolean avoids(Step step, boolean authIsOn) {
      return step instanceof Step.Call call && OTHERWISE_IN_34.contains(call.rpc());
    }
  },
  TEXT_OF_34("the gateway of etcd 3.4 takes and refuses other JSON, in other words", Rule::is34) {
    @Override
    boolean avoids(Step step, boolean authIsOn) {
      return step instanceof Step.Mangled;
    }
  },
  SORT_OPTIONS_OF_34("etcd 3.4 takes sort options that do not exist", Rule::is34) {
    @Override
    boolean avoids(Step step, boolean authIsOn) {
      return step instanceof Step.Call call
          && (call.request() instanceof RangeRequest range && TxnFaults.hasUnknownOrder(range)
              || call.request() instanceof TxnRequest txn && TxnFaults.hasUnknownOrder(txn));
    }
  },
  ALARM_HEADERS_OF_34("etcd 3.4 answers Alarm without a header", Rule::is34) {
    @Override
    Pair without(Step step, Pair pair) {
      JsonObject our = ok(pair.ours());
      JsonObject their = ok(pair.theirs());
      if (!step.kind().equals(Rpc.ALARM.name()) || our == null || their == null) {
        return pair;
      }
      JsonElement ours = pair.ours().deepCopy();
      ours.getAsJsonObject().getAsJsonObject("answer").getAsJsonObject("ok").remove("header");
      return new Pair(ours, pair.theirs());
    }
  },
  JSON_ERRORS_OF_34(
      "the gateway of etcd 3.4 repeats the message as \"error\", and has other HTTP statuses for"
          + " some codes",
      Rule::is34) {
    @Override
    Pair without(Step step, Pair pair) {
      return new Pair(pair.ours(), Json34.asLater(pair.ours(), pair.theirs()));
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

  private static final Set<Rpc> OTHERWISE_IN_34 =
      EnumSet.of(
          Rpc.DOWNGRADE,
          Rpc.STATUS,
          Rpc.HASH_KV,
          Rpc.MEMBER_ADD,
          Rpc.MEMBER_UPDATE,
          Rpc.MEMBER_PROMOTE);

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

  private static boolean is34(String version) {
    return version.startsWith("3.4.");
  }

  private static boolean isLater(String version) {
    return !is34(version);
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
