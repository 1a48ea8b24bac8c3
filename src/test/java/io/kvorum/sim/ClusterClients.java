package io.kvorum.sim;

import io.kvorum.model.Command;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.RequestException;
import io.kvorum.model.Result;
import io.kvorum.service.Services;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Acts as the clients of a simulated cluster, and checks all that is proposed in it. That the
 * history is linearizable follows from this: the ledger's order of commands gives each answer as it
 * was given; what began after another answer stands behind it; and a read shows what a revision was
 * that is not older than any that had been seen before it began.
 */
final class ClusterClients {
  private final Random random;
  private final ClusterSchedule schedule;
  private final ClusterHistory history;
  private final LeasePromises promises;
  private final RandomRequests requests;
  private final ClientRecord record = new ClientRecord();
  private final Map<ErrorCode, Long> errors = new EnumMap<>(ErrorCode.class);
  private final List<AssertionError> violations = new ArrayList<>();
  private long newestPosition;
  private long newestRevision;
  private long acknowledged;
  private long reads;

  ClusterClients(
      Random random, ClusterSchedule schedule, ClusterHistory history, LeasePromises promises) {
    this.random = random;
    this.schedule = schedule;
    this.history = history;
    this.promises = promises;
    this.requests = new RandomRequests(random, history.model());
  }

  /** Watches over what one life of a member proposes. */
  NumberedConsensus.Listener of(MemberLife life) {
    return new NumberedConsensus.Listener() {
      private long position;
      private long revision;
      private long asked;
      private ClientRecord.@Nullable Call call;

      @Override
      public void proposing(Command command) {
        ClientRecord.Call begun = record.add(command);
        call = begun;
        history.codec().number(begun);
        promises.numbered(command, begun.number());
        position = newestPosition;
        revision = newestRevision;
        asked = schedule.getAsLong();
        life.stir();
        life.asked();
      }

      @Override
      public void proposed(Command command, CompletableFuture<Result> answer) {
        ClientRecord.Call begun = call;
        long positionBefore = position;
        long revisionBefore = revision;
        long askedNanos = asked;
        answer.whenComplete(
            (result, failure) -> {
              life.answered();
              if (life.crashPoint().hasCrashed()) {
                return;
              }
              if (result == null) {
                begun.fail(codeOf(failure));
              } else {
                begun.succeed(result);
                check(begun, result, positionBefore, revisionBefore);
                if (result instanceof Result.LeaseGrant granted) {
                  promises.granted(begun.number(), askedNanos, granted.ttlSeconds());
                }
              }
            });
      }

      @Override
      public void asked(CompletableFuture<Void> barrier) {
        life.stir();
        life.asked();
        barrier.whenComplete((confirmed, failure) -> life.answered());
      }
    };
  }

  private void check(ClientRecord.Call call, Result result, long position, long revision) {
    acknowledged++;
    Long place = history.ledger().positionOf(call.number());
    require(
        place != null && place > position,
        "call %d stands at %s, but began after %d",
        call.number(),
        place,
        position);
    require(
        result.equals(history.ledger().resultOf(call.number())),
        "call %d was answered %s, not %s",
        call.number(),
        result,
        history.ledger().resultOf(call.number()));
    require(
        result.revision() >= revision,
        "call %d saw revision %d after %d",
        call.number(),
        result.revision(),
        revision);
    if (place != null) {
      newestPosition = Math.max(newestPosition, place);
    }
    newestRevision = Math.max(newestRevision, result.revision());
  }

  /** One client asks that member something. */
  void act(MemberLife life) {
    Services services = life.services();
    int dice = random.nextInt(20);
    if (dice < 10) {
      for (int left = 1 + random.nextInt(4); left > 0; left--) {
        write(services, requests.ofClient());
      }
    } else if (dice < 18) {
      read(life, requests.query(), random.nextInt(5) == 0);
    } else {
      keepAlive(life, requests.leaseId());
    }
  }

  private void write(Services services, Command command) {
    unlessRefused(
        () -> {
          if (command instanceof Command.Put put) {
            hear(services.kv().put(put), nothing -> {});
          } else if (command instanceof Command.DeleteRange deleteRange) {
            hear(services.kv().deleteRange(deleteRange), nothing -> {});
          } else if (command instanceof Command.Txn txn) {
            long floor = newestRevision;
            hear(services.kv().txn(txn, false), result -> requireSince(floor, result.revision()));
          } else if (command instanceof Command.Compact compact) {
            hear(services.kv().compact(compact.revision(), false), nothing -> {});
          } else if (command instanceof Command.LeaseGrant grant) {
            hear(services.lease().grant(grant.id(), grant.ttlSeconds()), nothing -> {});
          } else if (command instanceof Command.LeaseRevoke revoke) {
            hear(services.lease().revoke(revoke.id()), nothing -> {});
          } else {
            throw new IllegalArgumentException("no client's command: " + command);
          }
        });
  }

  private void keepAlive(MemberLife life, long id) {
    long asked = schedule.getAsLong();
    Object present = promises.lifeOf(id);
    hear(
        life.services().lease().keepAlive(id),
        alive -> {
          if (alive.ttlSeconds() > 0 && present != null && !life.crashPoint().hasCrashed()) {
            promises.promised(id, present, asked, alive.ttlSeconds());
          }
        });
  }

  private void read(MemberLife life, RangeQuery query, boolean serializable) {
    long floor = serializable ? 0 : newestRevision;
    unlessRefused(
        () ->
            life.services()
                .kv()
                .range(query, serializable)
                .whenComplete(
                    (result, failure) -> {
                      if (life.crashPoint().hasCrashed()) {
                        return;
                      }
                      if (result != null) {
                        check(query, result, floor, serializable);
                      } else {
                        checkRefusal(query, codeOf(failure), floor);
                      }
                    }));
  }

  private void check(RangeQuery query, Result.Range result, long floor, boolean serializable) {
    reads++;
    requireSince(floor, result.revision());
    Result.Range right = history.model().rangeAsOf(result.revision(), query);
    require(result.equals(right), "%s saw %s, not %s", query, result, right);
    if (!serializable) {
      newestRevision = Math.max(newestRevision, result.revision());
    }
  }

  private void checkRefusal(RangeQuery query, ErrorCode code, long floor) {
    long revision = query.revision();
    if (code == ErrorCode.COMPACTED) {
      require(revision < history.model().compactedRevision(), "%s is not compacted", query);
    } else if (code == ErrorCode.FUTURE_REVISION) {
      require(revision > floor, "%s is not of the future", query);
    }
  }

  private void requireSince(long floor, long revision) {
    require(revision >= floor, "a read saw revision %d after %d", revision, floor);
  }

  /** What comes of it is checked where it is proposed. */
  private <T> void hear(CompletableFuture<T> answer, Consumer<T> onSuccess) {
    answer.whenComplete(
        (result, failure) -> {
          if (failure == null) {
            onSuccess.accept(result);
          } else {
            codeOf(failure);
          }
        });
  }

  private void unlessRefused(Runnable request) {
    try {
      request.run();
    } catch (RequestException refusal) {
      codeOf(refusal);
    }
  }

  /** A change of the members, or a transfer, whose answer no client waits for. */
  void unheard(Runnable request) {
    unlessRefused(request);
  }

  private void require(boolean holds, String message, @Nullable Object... values) {
    if (!holds) {
      violations.add(new AssertionError(message.formatted(values)));
    }
  }

  private ErrorCode codeOf(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause instanceof RequestException refusal) {
      errors.merge(refusal.code(), 1L, Long::sum);
      return refusal.code();
    }
    violations.add(new AssertionError("an answer that is no request exception", failure));
    return ErrorCode.STOPPED;
  }

  /** What was watched must hold so far. */
  void check() {
    if (!violations.isEmpty()) {
      throw violations.get(0);
    }
    promises.check();
  }

  /** What was refused never happened, and what was acknowledged did. */
  void checkRefused() {
    for (ClientRecord.Call call : record.calls()) {
      boolean happened = history.ledger().positionOf(call.number()) != null;
      if (call.isWithoutEffect() && happened) {
        throw new AssertionError("call " + call.number() + " was refused, but happened");
      }
      if (call.isAcknowledged() && !happened) {
        throw new AssertionError("call " + call.number() + " was acknowledged, but is lost");
      }
    }
  }

  long acknowledged() {
    return acknowledged;
  }

  long reads() {
    return reads;
  }

  Map<ErrorCode, Long> errors() {
    return errors;
  }
}
