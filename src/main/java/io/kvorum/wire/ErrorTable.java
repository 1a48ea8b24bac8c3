package io.kvorum.wire;

import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.support.Futures;
import io.kvorum.support.Log;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;

/**
 * Maps failures to the gRPC status, exact text included, and gRPC codes to HTTP statuses: the one
 * error table. Stateless.
 *
 * <p>Clients compare the texts, so they are etcd's to the letter.
 */
public final class ErrorTable {
  private static final Log LOG = Log.of(ErrorTable.class);

  private static final Map<ErrorCode, Status> STATUSES = statuses();

  private static final Status INTERNAL_ERROR =
      Status.UNKNOWN.withDescription("etcdserver: internal error");

  private ErrorTable() {}

  public static Status statusOf(ErrorCode code) {
    Status status = STATUSES.get(code);
    if (status == null) {
      throw new IllegalArgumentException("no status for " + code);
    }
    return status;
  }

  /** Whether this is one of the statuses that {@link #statusOf(ErrorCode)} returns. */
  public static boolean contains(Status status) {
    return STATUSES.containsValue(status);
  }

  /** The text of the status that a client sees. */
  public static String textOf(ErrorCode code) {
    return String.valueOf(statusOf(code).getDescription());
  }

  /**
   * The status that answers a request that ended with this failure. An unexpected failure is a bug:
   * it is logged with its stack and answered as UNKNOWN, without a word about it.
   */
  public static Status statusOf(Throwable failure) {
    Throwable cause = Futures.cause(failure);
    if (cause instanceof RequestException refused) {
      return statusOf(refused.code());
    }
    if (cause instanceof StatusRuntimeException carrier) {
      return carrier.getStatus();
    }
    if (cause instanceof StatusException carrier) {
      return carrier.getStatus();
    }
    if (cause instanceof CancellationException) {
      return Status.CANCELLED.withDescription("etcdserver: request canceled");
    }
    LOG.error("bug: unexpected failure of a request", cause);
    return INTERNAL_ERROR.withCause(cause);
  }

  /**
   * The code that a failure is answered with: what is unexpected is logged elsewhere.
   *
   * @param hasCodes false where {@link #statusWithoutCode} answers
   */
  static Status.Code answeredCodeOf(Throwable failure, boolean hasCodes) {
    boolean isRefusal = Futures.cause(failure) instanceof RequestException;
    return isRefusal && !hasCodes ? Status.Code.UNKNOWN : auditedStatusOf(failure).getCode();
  }

  /** The status of a failure for the audit log: what is unexpected is logged elsewhere. */
  static Status auditedStatusOf(Throwable failure) {
    Throwable cause = Futures.cause(failure);
    boolean isExpected =
        cause instanceof RequestException
            || cause instanceof StatusRuntimeException
            || cause instanceof StatusException
            || cause instanceof CancellationException;
    return isExpected ? statusOf(cause) : Status.UNKNOWN;
  }

  /**
   * The same for a call of the Lock or the Election service. etcd runs its own client for them, in
   * the server, and its errors arrive with their text and without their code: as UNKNOWN.
   */
  public static Status statusWithoutCode(Throwable failure) {
    Status status = statusOf(failure);
    return Futures.cause(failure) instanceof RequestException
        ? Status.UNKNOWN.withDescription(status.getDescription())
        : status;
  }

  /** The same future; its failures carry {@link #statusWithoutCode}. */
  public static <T> CompletableFuture<T> withoutCodes(CompletableFuture<T> result) {
    return result.exceptionallyCompose(
        failure -> CompletableFuture.failedFuture(statusWithoutCode(failure).asRuntimeException()));
  }

  /** The HTTP status that the JSON gateway answers with. */
  public static int httpStatusOf(Status.Code code) {
    return switch (code) {
      case OK -> 200;
      case CANCELLED -> 499;
      case UNKNOWN, INTERNAL, DATA_LOSS -> 500;
      case INVALID_ARGUMENT, FAILED_PRECONDITION, OUT_OF_RANGE -> 400;
      case DEADLINE_EXCEEDED -> 504;
      case NOT_FOUND -> 404;
      case ALREADY_EXISTS, ABORTED -> 409;
      case PERMISSION_DENIED -> 403;
      case UNAUTHENTICATED -> 401;
      case RESOURCE_EXHAUSTED -> 429;
      case UNIMPLEMENTED -> 501;
      case UNAVAILABLE -> 503;
    };
  }

  private static Map<ErrorCode, Status> statuses() {
    Map<ErrorCode, Status> statuses = new EnumMap<>(ErrorCode.class);
    for (ErrorCode code : ErrorCode.values()) {
      statuses.put(code, row(code));
    }
    return Collections.unmodifiableMap(statuses);
  }

  private static Status row(ErrorCode code) {
    return switch (code) {
      case EMPTY_KEY -> invalid("etcdserver: key is not provided");
      case KEY_NOT_FOUND -> invalid("etcdserver: key not found");
      case VALUE_PROVIDED -> invalid("etcdserver: value is provided");
      case LEASE_PROVIDED -> invalid("etcdserver: lease is provided");
      case TOO_MANY_OPS -> invalid("etcdserver: too many operations in txn request");
      case DUPLICATE_KEY -> invalid("etcdserver: duplicate key given in txn request");
      case INVALID_SORT_OPTION -> invalid("etcdserver: invalid sort option");
      case INVALID_CLIENT_API_VERSION -> invalid("etcdserver: invalid client api version");
      case WRONG_DOWNGRADE_VERSION_FORMAT ->
          invalid("etcdserver: wrong downgrade target version format");
      case INVALID_DOWNGRADE_TARGET -> invalid("etcdserver: invalid downgrade target version");
      case DOWNGRADE_IN_PROGRESS -> failed("etcdserver: cluster has a downgrade job in progress");
      case UNKNOWN_METHOD -> of(Status.UNKNOWN, "etcdserver: unknown method");
      case REQUEST_TOO_LARGE -> invalid("etcdserver: request is too large");
      case COMPACTED ->
          of(Status.OUT_OF_RANGE, "etcdserver: mvcc: required revision has been compacted");
      case WATCH_RANGE_EMPTY -> invalid("mvcc: watcher range is empty");
      case WATCH_ID_DUPLICATE -> invalid("mvcc: duplicate watch ID provided on the WatchStream");
      case FUTURE_REVISION ->
          of(Status.OUT_OF_RANGE, "etcdserver: mvcc: required revision is a future revision");
      case LEASE_TTL_TOO_LARGE -> of(Status.OUT_OF_RANGE, "etcdserver: too large lease TTL");
      case NO_SPACE -> of(Status.RESOURCE_EXHAUSTED, "etcdserver: mvcc: database space exceeded");
      case TOO_MANY_REQUESTS -> of(Status.RESOURCE_EXHAUSTED, "etcdserver: too many requests");
      case ANSWER_TOO_LARGE ->
          of(
              Status.RESOURCE_EXHAUSTED,
              "etcdserver: the answer is larger than this member keeps for one client:"
                  + " read it in pages, with a limit");
      case LEASE_NOT_FOUND -> of(Status.NOT_FOUND, "etcdserver: requested lease not found");
      case MEMBER_NOT_FOUND -> of(Status.NOT_FOUND, "etcdserver: member not found");
      case MEMBER_BAD_URLS -> invalid("etcdserver: given member URLs are invalid");
      case MEMBER_EXISTS -> failed("etcdserver: member ID already exist");
      case PEER_URL_EXISTS -> failed("etcdserver: Peer URLs already exists");
      case MEMBER_NOT_ENOUGH_STARTED ->
          // etcd 3.7 answers it without its code.
          of(
              Status.UNKNOWN,
              "etcdserver: re-configuration failed due to not enough started members");
      case MEMBER_NOT_LEARNER -> failed("etcdserver: can only promote a learner member");
      case LEARNER_NOT_READY ->
          failed("etcdserver: can only promote a learner member which is in sync with leader");
      case TOO_MANY_LEARNERS -> failed("etcdserver: too many learner members in cluster");
      case NOT_SUPPORTED_FOR_LEARNER -> failed("etcdserver: rpc not supported for learner");
      case BAD_LEADER_TRANSFEREE -> failed("etcdserver: bad leader transferee");
      case LEASE_EXISTS -> failed("etcdserver: lease already exists");
      case NOT_LEADER -> failed("etcdserver: not leader");
      case SESSION_EXPIRED -> of(Status.UNKNOWN, "mutex: session is expired");
      case ELECTION_WITHOUT_LEADER -> of(Status.UNKNOWN, "election: no leader");
      case NOT_ELECTED -> of(Status.UNKNOWN, "election: not leader");
      case LEADER_KEY_MISSING -> of(Status.UNKNOWN, "\"leader\" field must be provided");
      case NO_LEADER -> of(Status.UNAVAILABLE, "etcdserver: no leader");
      case LEADER_CHANGED -> of(Status.UNAVAILABLE, "etcdserver: leader changed");
      case STOPPED -> of(Status.UNAVAILABLE, "etcdserver: server stopped");
      case UNHEALTHY -> of(Status.UNAVAILABLE, "etcdserver: unhealthy cluster");
      case TIMEOUT -> of(Status.UNAVAILABLE, "etcdserver: request timed out");
      case TIMEOUT_LEADER_FAILED ->
          of(
              Status.UNAVAILABLE,
              "etcdserver: request timed out, possibly due to previous leader failure");
      case TIMEOUT_CONNECTION_LOST ->
          of(Status.UNAVAILABLE, "etcdserver: request timed out, possibly due to connection lost");
      case TIMEOUT_LEADER_TRANSFER ->
          of(Status.UNKNOWN, "etcdserver: request timed out, leader transfer took too long");
      case ROOT_USER_NOT_FOUND -> failed("etcdserver: root user does not exist");
      case ROOT_ROLE_NOT_GRANTED -> failed("etcdserver: root user does not have root role");
      case USER_EXISTS -> failed("etcdserver: user name already exists");
      case USER_EMPTY -> invalid("etcdserver: user name is empty");
      case USER_NOT_FOUND -> failed("etcdserver: user name not found");
      case ROLE_EXISTS -> failed("etcdserver: role name already exists");
      case ROLE_NOT_FOUND -> failed("etcdserver: role name not found");
      case ROLE_EMPTY -> invalid("etcdserver: role name is empty");
      case AUTH_FAILED -> invalid("etcdserver: authentication failed, invalid user ID or password");
      case AUTH_NOT_ENABLED -> failed("etcdserver: authentication is not enabled");
      case AUTH_REVISION_OLD -> invalid("etcdserver: revision of auth store is old");
      case PERMISSION_NOT_GIVEN -> invalid("etcdserver: permission not given");
      case PERMISSION_DENIED -> of(Status.PERMISSION_DENIED, "etcdserver: permission denied");
      case PERMISSION_NOT_GRANTED -> failed("etcdserver: permission is not granted to the role");
      case ROLE_NOT_GRANTED -> failed("etcdserver: role is not granted to the user");
      case INVALID_AUTH_TOKEN -> of(Status.UNAUTHENTICATED, "etcdserver: invalid auth token");
      case INVALID_AUTH_MANAGEMENT -> invalid("etcdserver: invalid auth management");
      case NO_PASSWORD_USER ->
          of(
              Status.UNKNOWN,
              "auth: authentication failed, password was given for no password user");
      case PASSWORD_TOO_LONG -> of(Status.UNKNOWN, "bcrypt: password length exceeds 72 bytes");
      case VERIFY_ONLY -> of(Status.UNKNOWN, "auth: token signing attempted with verify-only key");
      case CORRUPT -> of(Status.DATA_LOSS, "etcdserver: corrupt cluster");
    };
  }

  private static Status invalid(String message) {
    return of(Status.INVALID_ARGUMENT, message);
  }

  private static Status failed(String message) {
    return of(Status.FAILED_PRECONDITION, message);
  }

  private static Status of(Status status, String message) {
    return status.withDescription(message);
  }
}
