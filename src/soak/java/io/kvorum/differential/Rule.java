package io.kvorum.differential;

import static io.kvorum.differential.Answers.code;
import static io.kvorum.differential.Answers.error;
import static io.kvorum.differential.Answers.message;
import static io.kvorum.differential.Answers.ok;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.kvorum.proto.etcdserverpb.AlarmRequest;
import io.kvorum.proto.etcdserverpb.AlarmType;
import io.kvorum.proto.etcdserverpb.HashKVRequest;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.proto.etcdserverpb.TxnRequest;
import io.kvorum.proto.etcdserverpb.WatchCreateRequest;
import io.kvorum.wire.ErrorTable;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * What an etcd does otherwise than Kvorum, and why that is no fault: the only differences that are
 * let pass. One that is never needed in a long run is out of date.
 */
enum Rule {
  WAITERS_THAT_GIVE_UP_UNDER_AUTH(
      "etcd leaves the key of a cancelled Lock or Campaign in the queue while auth is on",
      Rule::isLater) {
    @Override
    boolean avoids(Step step, Moment moment) {
      return moment.authIsOn()
          && step instanceof Step.Cancel cancel
          && moment.isWaitingCall(cancel.number());
    }
  },
  ALARMS_WITHOUT_A_NAME(
      "etcd keeps an alarm of any number, and shows the number; Kvorum has those with a name",
      Rule::isAny) {
    @Override
    boolean avoids(Step step, Moment moment) {
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
      return withoutFaultOfTheCaller(pair, message -> message.startsWith("bcrypt: "));
    }
  },
  ALARMS_BEFORE_CALLERS(
      "while an alarm is active, etcd names it before it knows who calls", Rule::isLater) {
    @Override
    Pair without(Step step, Pair pair) {
      return WRITES.contains(step.kind())
          ? withoutFaultOfTheCaller(pair, MESSAGES_OF_ALARMS::contains)
          : pair;
    }
  },
  DELETIONS_OF_NOTHING(
      "which puts clash with a deletion without end, or of an empty range, depends in etcd on the"
          + " other deletions of the transaction; one without end, beside a put that keeps a value"
          + " or a lease, ends etcd's process",
      Rule::isAny) {
    @Override
    boolean avoids(Step step, Moment moment) {
      return step instanceof Step.Call call
          && call.request() instanceof TxnRequest txn
          && (TxnFaults.deletesNothingBesideAnother(txn)
              || TxnFaults.keepsBesideDeletionWithoutEnd(txn));
    }
  },
  NUMBERS_THAT_END_EARLY(
      "etcd takes what stands before a bracket, a comma or the like for the whole of a number that"
          + " is quoted",
      Rule::isLater) {
    @Override
    Pair without(Step step, Pair pair) {
      JsonObject our = error(pair.ours());
      boolean isOfNumber =
          step instanceof Step.Mangled
              && our != null
              && NUMBER_WITH_MORE.matcher(message(our)).find();
      return isOfNumber ? pair.withOurs("answer") : pair;
    }
  },
  HASHES_THAT_COMPACTIONS_FOUND(
      "HashKV at the compacted revision shows what the compaction has found, which is about what"
          + " was before the sequence, and there a moment later here",
      Rule::isLater) {
    @Override
    Pair without(Step step, Pair pair) {
      return isHashOfCompaction(step, pair)
          ? pair.withOurs("answer", "ok", "compact_revision").withOurs("answer", "ok", "hash")
          : pair;
    }
  },
  WATCHES_THAT_COMPACTIONS_ENDED(
      "a watch that a compaction has ended keeps its id in etcd, and holds back the reports of"
          + " progress of its stream, until its client cancels it",
      Rule::isLater) {
    @Override
    boolean avoids(Step step, Moment moment) {
      return step instanceof Step.OpenWatch open
              && open.creates().stream().anyMatch(Rule::startsWithAnId)
          || step instanceof Step.Watch watch && startsWithAnId(watch.request().getCreateRequest());
    }

    @Override
    Pair without(Step step, Pair pair) {
      return step instanceof Step.Watch watch && isSilentAboutProgress(watch, pair.theirs())
          ? pair.withOurs("#" + watch.number(), "progress")
          : pair;
    }
  },
  CAMPAIGNS_WITHOUT_A_KEY(
      "a candidate whose key has gone while it waited wins in etcd; here it fails, as Lock does",
      Rule::isAny) {
    @Override
    Pair without(Step step, Pair pair) {
      Pair without = pair;
      for (Map.Entry<String, JsonElement> said : pair.ours().getAsJsonObject().entrySet()) {
        boolean isOfCandidate =
            said.getKey().startsWith("#")
                && said.getValue().toString().contains("election: not leader");
        JsonElement their = pair.theirs().getAsJsonObject().get(said.getKey());
        if (isOfCandidate && their != null && Calls.isOk(their)) {
          without = without.withOurs(said.getKey());
        }
      }
      return without;
    }
  },
  INVERTED_RANGES_UNDER_AUTH(
      "whether a range whose end is not behind its beginning may be read depends in etcd on the"
          + " order in which permissions were merged",
      Rule::isLater) {
    @Override
    Pair without(Step step, Pair pair) {
      JsonObject our = error(pair.ours());
      boolean isKnown =
          step instanceof Step.Call call
              && call.request() instanceof RangeRequest range
              && isInverted(range)
              && our != null
              && code(our) == Status.Code.PERMISSION_DENIED.value()
              && ok(pair.theirs()) != null;
      return isKnown ? pair.withOurs("answer") : pair;
    }
  },
  FAULTS_OF_34("of two faults of a write etcd 3.4 names another one", Rule::is34) {
    @Override
    Pair without(Step step, Pair pair) {
      boolean isWrite = step.kind().equals(Rpc.TXN.name()) || step.kind().equals(Rpc.PUT.name());
      return isWrite && areErrorsOfOneCode(pair)
          ? pair.withOurs("answer", "error", "message")
          : pair;
    }
  },
  NO_ALARMS_OF_34("etcd 3.4 keeps an alarm of the kind NONE", Rule::is34) {
    @Override
    boolean avoids(Step step, Moment moment) {
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
    boolean avoids(Step step, Moment moment) {
      return step.who().equals(Users.STRANGER);
    }
  },
  STARTS_OF_34("etcd 3.4 watches from a revision below zero", Rule::is34) {
    @Override
    boolean avoids(Step step, Moment moment) {
      return step instanceof Step.OpenWatch open
              && open.creates().stream().anyMatch(create -> create.getStartRevision() < 0)
          || step instanceof Step.Watch watch
              && watch.request().getCreateRequest().getStartRevision() < 0;
    }
  },
  AUTH_OF_34(
      "etcd 3.4 checks fewer calls, has other answers, and ends its process at a grant that names"
          + " no permission",
      Rule::is34) {
    @Override
    boolean avoids(Step step, Moment moment) {
      return step instanceof Step.Call call && call.rpc().isOfAuth();
    }
  },
  CARE_OF_34(
      "etcd 3.4 lacks Downgrade and fields of Status, hashes what a compaction has dropped, and"
          + " takes and refuses other changes of members",
      Rule::is34) {
    @Override
    boolean avoids(Step step, Moment moment) {
      return step instanceof Step.Call call && OTHERWISE_IN_34.contains(call.rpc());
    }
  },
  TEXT_OF_34("the gateway of etcd 3.4 takes and refuses other JSON, in other words", Rule::is34) {
    @Override
    boolean avoids(Step step, Moment moment) {
      return step instanceof Step.Mangled;
    }
  },
  SORT_OPTIONS_OF_34("etcd 3.4 takes sort options that do not exist", Rule::is34) {
    @Override
    boolean avoids(Step step, Moment moment) {
      return step instanceof Step.Call call
          && (call.request() instanceof RangeRequest range && TxnFaults.hasUnknownOrder(range)
              || call.request() instanceof TxnRequest txn && TxnFaults.hasUnknownOrder(txn));
    }
  },
  ALARM_HEADERS_OF_34("etcd 3.4 answers Alarm without a header", Rule::is34) {
    @Override
    Pair without(Step step, Pair pair) {
      JsonObject their = ok(pair.theirs());
      boolean isKnown =
          step.kind().equals(Rpc.ALARM.name()) && their != null && !their.has("header");
      return isKnown ? pair.withOurs("answer", "ok", "header") : pair;
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
          + " before it counts its operations, etcd reads JSON to its end before it looks at a"
          + " field",
      Rule::isAny) {
    @Override
    Pair without(Step step, Pair pair) {
      return areErrorsOfOneCode(pair) && haveBothFaults(step, pair)
          ? pair.withOurs("answer", "error", "message")
          : pair;
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

  /** How the error about a field of JSON begins. */
  private static final String OF_A_FIELD = "proto: ";

  /** An error about JSON as a text, whatever it is about. */
  private static final Pattern OF_THE_TEXT =
      Pattern.compile("^(invalid character |unexpected EOF|unexpected end of JSON|exceeded max )");

  /** Names a quoted token that begins as a number, and has more behind it. */
  private static final Pattern NUMBER_WITH_MORE =
      Pattern.compile(
          "invalid value for int64 field \\w+: \"-?(0|[1-9]\\d*)(\\.\\d+)?([eE][+-]?\\d+)?"
              + "[^\\w.+\"-]");

  /** About who calls, where the code says less. */
  private static final Set<String> MESSAGES_OF_TOKENS =
      Set.of(
          "etcdserver: user name is empty",
          "etcdserver: invalid auth token",
          "etcdserver: revision of auth store is old");

  private static final Set<String> WRITES =
      Set.of(Rpc.PUT.name(), Rpc.DELETE.name(), Rpc.TXN.name(), Rpc.LEASE_GRANT.name());

  private static final Set<String> MESSAGES_OF_ALARMS =
      Set.of("etcdserver: corrupt cluster", "etcdserver: mvcc: database space exceeded");

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

  private static boolean isInverted(RangeRequest range) {
    boolean isOpen = range.getRangeEnd().equals(ByteString.copyFrom(new byte[1]));
    return !range.getRangeEnd().isEmpty()
        && !isOpen
        && ByteString.unsignedLexicographicalComparator()
                .compare(range.getRangeEnd(), range.getKey())
            <= 0;
  }

  private static boolean startsWithAnId(WatchCreateRequest create) {
    return create.getWatchId() != 0 && create.getStartRevision() != 0;
  }

  private static boolean isSilentAboutProgress(Step.Watch watch, JsonElement theirs) {
    JsonElement said = theirs.getAsJsonObject().get("#" + watch.number());
    return said != null
        && said.isJsonObject()
        && said.getAsJsonObject().has("progress")
        && said.getAsJsonObject().getAsJsonArray("progress").contains(new JsonPrimitive("none"));
  }

  /** Excuses that Kvorum names the caller as the fault where etcd has such a message. */
  private static Pair withoutFaultOfTheCaller(Pair pair, Predicate<String> theirMessage) {
    JsonObject our = error(pair.ours());
    JsonObject their = error(pair.theirs());
    boolean isKnown =
        our != null && their != null && theirMessage.test(message(their)) && isOfTheCaller(our);
    return isKnown ? pair.withOurs("answer", "error").withOurs("answer", "http") : pair;
  }

  /** Whether an error says that the caller is unknown, or may not. */
  private static boolean isOfTheCaller(JsonObject error) {
    return code(error) == Status.Code.PERMISSION_DENIED.value()
        || MESSAGES_OF_TOKENS.contains(message(error));
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
  boolean avoids(Step step, Moment moment) {
    return false;
  }

  /** The pair without the difference that the rule is about. */
  Pair without(Step step, Pair pair) {
    return pair;
  }

  private static boolean areErrorsOfOneCode(Pair pair) {
    JsonObject our = error(pair.ours());
    JsonObject their = error(pair.theirs());
    return our != null && their != null && code(our) == code(their);
  }

  /** True if what each of two errors names is wrong with the request. */
  private static boolean haveBothFaults(Step step, Pair pair) {
    JsonObject our = error(pair.ours());
    JsonObject their = error(pair.theirs());
    if (our == null || their == null) {
      return false;
    }
    if (step instanceof Step.Mangled) {
      return message(our).startsWith(OF_A_FIELD)
          && (message(their).startsWith(OF_A_FIELD) || OF_THE_TEXT.matcher(message(their)).find());
    }
    return step instanceof Step.Call call
        && call.request() instanceof TxnRequest txn
        && TxnFaults.of(txn).stream()
            .map(ErrorTable::textOf)
            .toList()
            .containsAll(List.of(message(our), message(their)));
  }

  /**
   * True if HashKV was asked for the revision of the last compaction: what the compaction has found
   * is about the compaction before it; what is computed later names the last one itself. At the
   * beginning of the sequence both may have found something, about different pasts.
   */
  private static boolean isHashOfCompaction(Step step, Pair pair) {
    JsonObject our = ok(pair.ours());
    JsonObject their = ok(pair.theirs());
    if (our == null
        || their == null
        || !(step instanceof Step.Call call)
        || !(call.request() instanceof HashKVRequest request)) {
      return false;
    }
    JsonElement revision = new JsonPrimitive("r" + request.getRevision());
    boolean isAtBeginning = request.getRevision() == Revisions.START;
    return revision.equals(our.get("hash_revision"))
        && revision.equals(their.get("hash_revision"))
        && !Objects.equals(our.get("compact_revision"), their.get("compact_revision"))
        && (isAtBeginning
            || revision.equals(our.get("compact_revision"))
            || revision.equals(their.get("compact_revision")));
  }
}
