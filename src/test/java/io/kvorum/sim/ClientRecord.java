package io.kvorum.sim;

import io.kvorum.model.Bytes;
import io.kvorum.model.Command;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.model.Result;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Records what the clients of a simulation know: every command is unique, was proposed once, and
 * was acknowledged, refused without effect, or left open.
 */
public final class ClientRecord {
  private static final Set<ErrorCode> WITHOUT_EFFECT =
      EnumSet.of(ErrorCode.NO_LEADER, ErrorCode.NOT_LEADER, ErrorCode.TOO_MANY_REQUESTS);

  /** One command and what became of it. */
  public static final class Call {
    private final long number;
    private final Command command;
    private @Nullable Result result;
    private @Nullable ErrorCode error;

    private Call(long number, Command command) {
      this.number = number;
      this.command = command;
    }

    public long number() {
      return number;
    }

    public Command command() {
      return command;
    }

    public @Nullable Result result() {
      return result;
    }

    public boolean isAcknowledged() {
      return result != null;
    }

    public boolean isWithoutEffect() {
      return error != null && WITHOUT_EFFECT.contains(error);
    }

    void succeed(Result newResult) {
      result = newResult;
    }

    void fail(ErrorCode code) {
      error = code;
    }

    public boolean isOpen() {
      return result == null && error == null;
    }
  }

  private final List<Call> calls = new ArrayList<>();
  private final List<Long> answerOrder = new ArrayList<>();

  /** The next command; its key tells its number. */
  public Call next(int valueBytes) {
    return next(Bytes.wrap(new byte[valueBytes]));
  }

  /** The next command, with that value. */
  public Call next(Bytes value) {
    return add(Command.Put.of(Bytes.utf8("call-" + calls.size()), value));
  }

  /** A command with its place among the calls, which makes it unique. */
  public Call add(Command command) {
    Call call = new Call(calls.size(), command);
    calls.add(call);
    return call;
  }

  /**
   * Watches the answer to a call.
   *
   * @param mustBeSilent whether the process has ended, so that no good answer may arrive
   */
  public void watch(Call call, CompletableFuture<Result> answer, BooleanSupplier mustBeSilent) {
    CompletableFuture<Void> unused =
        answer.handle(
            (result, failure) -> {
              if (!call.isOpen()) {
                throw new AssertionError("call " + call.number + " was answered twice");
              }
              if (failure == null) {
                if (mustBeSilent.getAsBoolean()) {
                  throw new AssertionError("call " + call.number + " was acknowledged by the dead");
                }
                call.result = result;
                answerOrder.add(call.number);
              } else {
                call.error = codeOf(failure);
              }
              return null;
            });
    unused.exceptionally(
        broken -> {
          failures.add(broken);
          return null;
        });
  }

  private final List<Throwable> failures = new ArrayList<>();

  private static ErrorCode codeOf(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause instanceof RequestException request) {
      return request.code();
    }
    throw new AssertionError("an answer that is no request exception", failure);
  }

  /** Which calls were acknowledged, in the order in which they were. */
  public List<Long> answerOrder() {
    return answerOrder;
  }

  public List<Call> calls() {
    return calls;
  }

  /** What went wrong while answers were watched. */
  public List<Throwable> failures() {
    return failures;
  }

  public static long numberOf(Command command) {
    String key = ((Command.Put) command).key().toUtf8();
    return Long.parseLong(key.substring("call-".length()));
  }
}
