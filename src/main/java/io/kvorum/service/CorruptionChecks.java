package io.kvorum.service;

import io.kvorum.apply.Alarms;
import io.kvorum.consensus.Consensus;
import io.kvorum.membership.MemberView;
import io.kvorum.model.Alarm;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.Command;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.model.Result;
import io.kvorum.mvcc.HashQuestion;
import io.kvorum.mvcc.RevisionHash;
import io.kvorum.mvcc.StoreHash;
import io.kvorum.support.Futures;
import io.kvorum.support.Log;
import io.kvorum.support.Reason;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Compares this member's store with those of the others, as etcd does: once before it takes part,
 * and, while it is the leader, as a whole at intervals, and by what the last compactions found. The
 * leader activates the alarm CORRUPT for what it finds, at each check again until the cause is
 * gone; an alarm that is active already is not proposed again. Thread-safe; nothing blocks.
 *
 * <p>Other members of the cluster are trusted to compute; what is compared is what each has on its
 * disk.
 */
public final class CorruptionChecks {
  private static final Log LOG = Log.of(CorruptionChecks.class);

  private final long selfId;
  private final MemberView members;
  private final Alarms alarms;
  private final StoreService store;
  private final Consensus consensus;
  private final HashSurvey survey;
  private final LongSupplier nanoClock;

  private final Pass stores = new Pass("comparing the stores of the members");
  private final Pass compactions = new Pass("comparing what the members found at compactions");

  /** The last compaction at which all members agreed: nothing older is compared again. */
  private volatile long agreedRevision;

  /**
   * @param patience how long another member may take to answer, beside the time for computing
   * @param nanoClock measures how long computing takes here
   */
  CorruptionChecks(
      long selfId,
      MemberView members,
      Alarms alarms,
      StoreService store,
      Consensus consensus,
      PeerHashes peers,
      Duration patience,
      LongSupplier nanoClock) {
    this.selfId = selfId;
    this.members = members;
    this.alarms = alarms;
    this.store = store;
    this.consensus = consensus;
    this.survey = new HashSurvey(members, selfId, peers, patience);
    this.nanoClock = nanoClock;
  }

  /**
   * Compares the store as it was recovered, before this member takes part. Members that do not
   * answer, or are compacted to another revision, are logged and prove nothing.
   *
   * @return empty if nothing speaks against a start; else one line that says what does
   */
  public CompletableFuture<Optional<String>> beforeStart() {
    if (members.members().stream().allMatch(member -> member.id() == selfId)) {
      return CompletableFuture.completedFuture(Optional.empty());
    }
    LOG.info("comparing the store with those of the other members before the start");
    return measured(HashQuestion.at(0))
        .thenCompose(
            own ->
                survey
                    .ask(HashQuestion.at(own.hash().hash().revision()), own.took())
                    .thenApply(answers -> judgeStart(own.hash(), answers)));
  }

  private Optional<String> judgeStart(StoreHash own, List<PeerAnswer> answers) {
    StartComparison comparison = new StartComparison(nameOf(selfId), own, answers);
    Optional<String> refusal = comparison.refusal();
    for (String remark : comparison.remarks()) {
      LOG.warning("the store was not compared with that of a member: {}", remark);
    }
    if (refusal.isEmpty()) {
      LOG.info(
          "compared the store at revision {} with those of {} of {} other members: no difference",
          own.hash().revision(),
          answers.size() - comparison.remarks().size(),
          answers.size());
    }
    return refusal;
  }

  /**
   * If this member is the leader, compares all stores as they are now; does nothing while the last
   * such comparison is under way.
   *
   * @return completes when this one is over; does not fail
   */
  public CompletableFuture<Void> compareStores() {
    return stores.begin(
        () ->
            measured(HashQuestion.at(0))
                .thenCompose(
                    first ->
                        survey
                            .ask(HashQuestion.at(first.hash().hash().revision()), first.took())
                            .thenCompose(answers -> judge(first.hash(), answers))));
  }

  private CompletableFuture<Void> judge(StoreHash first, List<PeerAnswer> answers) {
    return consensus
        .readIndex()
        .thenCompose(confirmed -> Futures.attempt(() -> store.answer(HashQuestion.at(0))))
        .thenCompose(
            second -> {
              Optional<CorruptionFinding> finding =
                  new StoreComparison(selfId, nameOf(selfId), first, second, answers).finding();
              long answered = answers.stream().filter(answer -> answer.hash().isPresent()).count();
              LOG.debug(
                  "compared the store at revision {} with those of {} of {} other members",
                  first.hash().revision(),
                  answered,
                  answers.size());
              return raise(finding.stream().toList());
            });
  }

  /**
   * If this member is the leader, compares what the last compactions found, the newest first, until
   * all members have agreed or some differ; does nothing while the last such comparison is under
   * way.
   *
   * @return completes when this one is over; does not fail
   */
  public CompletableFuture<Void> compareCompactions() {
    return compactions.begin(
        () ->
            compareFrom(
                store.compactionHashes().stream()
                    .filter(hash -> hash.revision() > agreedRevision)
                    .toList()));
  }

  private CompletableFuture<Void> compareFrom(List<RevisionHash> newestFirst) {
    ClusterMember self = members.find(selfId);
    if (newestFirst.isEmpty() || self == null) {
      return CompletableFuture.completedFuture(null);
    }
    RevisionHash own = newestFirst.get(0);
    return survey
        .ask(HashQuestion.ofCompaction(own.revision()), Duration.ZERO)
        .thenCompose(
            answers -> {
              CompactionComparison comparison = new CompactionComparison(self, own, answers);
              return switch (comparison.verdict()) {
                case AGREED -> {
                  agreedRevision = Math.max(agreedRevision, own.revision());
                  LOG.debug(
                      "all members found {} at the compaction to {}", own.text(), own.revision());
                  yield CompletableFuture.completedFuture(null);
                }
                case INCOMPLETE -> compareFrom(newestFirst.subList(1, newestFirst.size()));
                case DIFFERENT -> raise(comparison.findings());
              };
            });
  }

  /** Logs what was found, and activates the alarms that are not active. */
  private CompletableFuture<Void> raise(List<CorruptionFinding> findings) {
    CompletableFuture<Void> raised = CompletableFuture.completedFuture(null);
    for (CorruptionFinding finding : findings) {
      Alarm alarm = new Alarm(finding.memberId(), Alarm.Kind.CORRUPT);
      LOG.error(
          "data corruption: {}. See docs/operations.md, \"When data is corrupt\"", finding.text());
      if (!alarms.active().contains(alarm)) {
        raised = CompletableFuture.allOf(raised, activate(alarm));
      }
    }
    return raised;
  }

  private CompletableFuture<Void> activate(Alarm alarm) {
    String whom = alarm.memberId() == 0 ? "the cluster" : "member " + nameOf(alarm.memberId());
    LOG.error("activating the alarm CORRUPT for {}: writes are refused from now on", whom);
    return consensus
        .propose(new Command.AlarmActivate(alarm))
        .thenAccept(
            result -> {
              if (result instanceof Result.Rejected rejected) {
                LOG.warning("the alarm was refused, will retry: {}", rejected.code());
              }
            });
  }

  /** A hash, and how long it took to compute. */
  private record Measured(StoreHash hash, Duration took) {}

  private CompletableFuture<Measured> measured(HashQuestion question) {
    long began = nanoClock.getAsLong();
    return Futures.attempt(() -> store.answer(question))
        .thenApply(hash -> new Measured(hash, Duration.ofNanos(nanoClock.getAsLong() - began)));
  }

  private String nameOf(long id) {
    return members.nameOf(id);
  }

  /** Runs one kind of check: on the leader, one at a time. */
  private final class Pass {
    private final String name;
    private CompletableFuture<Void> current = CompletableFuture.completedFuture(null);

    Pass(String name) {
      this.name = name;
    }

    synchronized CompletableFuture<Void> begin(Supplier<CompletableFuture<Void>> check) {
      if (!consensus.status().isLeader() || !current.isDone()) {
        return CompletableFuture.completedFuture(null);
      }
      current =
          Futures.attempt(check)
              .exceptionally(
                  failure -> {
                    Throwable cause = Futures.cause(failure);
                    boolean isStopping =
                        cause instanceof RequestException refusal
                            && refusal.code() == ErrorCode.STOPPED;
                    LOG.log(
                        isStopping ? Level.DEBUG : Level.WARNING,
                        "{} failed, will retry: {}",
                        name,
                        Reason.of(cause));
                    return null;
                  });
      return current;
    }
  }
}
