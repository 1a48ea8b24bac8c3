package io.kvorum.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import java.util.Arrays;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ErrorTableTest {
  /** code | gRPC code | HTTP status | message: etcd's rpctypes, to the letter. */
  private static final String TABLE =
      """
      EMPTY_KEY|3|400|etcdserver: key is not provided
      KEY_NOT_FOUND|3|400|etcdserver: key not found
      VALUE_PROVIDED|3|400|etcdserver: value is provided
      LEASE_PROVIDED|3|400|etcdserver: lease is provided
      TOO_MANY_OPS|3|400|etcdserver: too many operations in txn request
      DUPLICATE_KEY|3|400|etcdserver: duplicate key given in txn request
      INVALID_CLIENT_API_VERSION|3|400|etcdserver: invalid client api version
      INVALID_SORT_OPTION|3|400|etcdserver: invalid sort option
      COMPACTED|11|400|etcdserver: mvcc: required revision has been compacted
      FUTURE_REVISION|11|400|etcdserver: mvcc: required revision is a future revision
      WATCH_RANGE_EMPTY|3|400|mvcc: watcher range is empty
      WATCH_ID_DUPLICATE|3|400|mvcc: duplicate watch ID provided on the WatchStream
      NO_SPACE|8|429|etcdserver: mvcc: database space exceeded
      LEASE_NOT_FOUND|5|404|etcdserver: requested lease not found
      LEASE_EXISTS|9|400|etcdserver: lease already exists
      LEASE_TTL_TOO_LARGE|11|400|etcdserver: too large lease TTL
      MEMBER_NOT_FOUND|5|404|etcdserver: member not found
      MEMBER_EXISTS|9|400|etcdserver: member ID already exist
      PEER_URL_EXISTS|9|400|etcdserver: Peer URLs already exists
      MEMBER_NOT_ENOUGH_STARTED|2|500|etcdserver: re-configuration failed due to not enough started members
      MEMBER_BAD_URLS|3|400|etcdserver: given member URLs are invalid
      MEMBER_NOT_LEARNER|9|400|etcdserver: can only promote a learner member
      LEARNER_NOT_READY|9|400|etcdserver: can only promote a learner member which is in sync with leader
      TOO_MANY_LEARNERS|9|400|etcdserver: too many learner members in cluster
      UNHEALTHY|14|503|etcdserver: unhealthy cluster
      NOT_SUPPORTED_FOR_LEARNER|9|400|etcdserver: rpc not supported for learner
      BAD_LEADER_TRANSFEREE|9|400|etcdserver: bad leader transferee
      TIMEOUT_LEADER_FAILED|14|503|etcdserver: request timed out, possibly due to previous leader failure
      TIMEOUT_CONNECTION_LOST|14|503|etcdserver: request timed out, possibly due to connection lost
      TIMEOUT_LEADER_TRANSFER|2|500|etcdserver: request timed out, leader transfer took too long
      REQUEST_TOO_LARGE|3|400|etcdserver: request is too large
      TOO_MANY_REQUESTS|8|429|etcdserver: too many requests
      ANSWER_TOO_LARGE|8|429|etcdserver: the answer is larger than this member keeps for one client: read it in pages, with a limit
      SESSION_EXPIRED|2|500|mutex: session is expired
      ELECTION_WITHOUT_LEADER|2|500|election: no leader
      NOT_ELECTED|2|500|election: not leader
      LEADER_KEY_MISSING|2|500|"leader" field must be provided
      NO_LEADER|14|503|etcdserver: no leader
      NOT_LEADER|9|400|etcdserver: not leader
      LEADER_CHANGED|14|503|etcdserver: leader changed
      STOPPED|14|503|etcdserver: server stopped
      TIMEOUT|14|503|etcdserver: request timed out
      CORRUPT|15|500|etcdserver: corrupt cluster
      WRONG_DOWNGRADE_VERSION_FORMAT|3|400|etcdserver: wrong downgrade target version format
      INVALID_DOWNGRADE_TARGET|3|400|etcdserver: invalid downgrade target version
      DOWNGRADE_IN_PROGRESS|9|400|etcdserver: cluster has a downgrade job in progress
      UNKNOWN_METHOD|2|500|etcdserver: unknown method
      ROOT_USER_NOT_FOUND|9|400|etcdserver: root user does not exist
      ROOT_ROLE_NOT_GRANTED|9|400|etcdserver: root user does not have root role
      USER_EXISTS|9|400|etcdserver: user name already exists
      USER_EMPTY|3|400|etcdserver: user name is empty
      USER_NOT_FOUND|9|400|etcdserver: user name not found
      ROLE_EXISTS|9|400|etcdserver: role name already exists
      ROLE_NOT_FOUND|9|400|etcdserver: role name not found
      ROLE_EMPTY|3|400|etcdserver: role name is empty
      AUTH_FAILED|3|400|etcdserver: authentication failed, invalid user ID or password
      AUTH_NOT_ENABLED|9|400|etcdserver: authentication is not enabled
      AUTH_REVISION_OLD|3|400|etcdserver: revision of auth store is old
      PERMISSION_NOT_GIVEN|3|400|etcdserver: permission not given
      PERMISSION_DENIED|7|403|etcdserver: permission denied
      PERMISSION_NOT_GRANTED|9|400|etcdserver: permission is not granted to the role
      ROLE_NOT_GRANTED|9|400|etcdserver: role is not granted to the user
      INVALID_AUTH_TOKEN|16|401|etcdserver: invalid auth token
      INVALID_AUTH_MANAGEMENT|3|400|etcdserver: invalid auth management
      NO_PASSWORD_USER|2|500|auth: authentication failed, password was given for no password user
      PASSWORD_TOO_LONG|2|500|bcrypt: password length exceeds 72 bytes
      VERIFY_ONLY|2|500|auth: token signing attempted with verify-only key
      """;

  static String[][] rows() {
    return TABLE.lines().map(line -> line.split("\\|", 4)).toArray(String[][]::new);
  }

  @ParameterizedTest
  @MethodSource("rows")
  void everyRowHasEtcdsCodeStatusAndText(String name, String grpc, String http, String message) {
    Status status = ErrorTable.statusOf(ErrorCode.valueOf(name));
    assertThat(status.getCode().value()).isEqualTo(Integer.parseInt(grpc));
    assertThat(status.getDescription()).isEqualTo(message);
    assertThat(ErrorTable.httpStatusOf(status.getCode())).isEqualTo(Integer.parseInt(http));
  }

  @Test
  void theRowsAreAllTheErrorCodesThereAre() {
    assertThat(Arrays.stream(rows()).map(row -> ErrorCode.valueOf(row[0])))
        .containsExactlyInAnyOrder(ErrorCode.values());
  }

  @ParameterizedTest
  @CsvSource({
    "OK,200",
    "CANCELLED,499",
    "UNKNOWN,500",
    "INVALID_ARGUMENT,400",
    "DEADLINE_EXCEEDED,504",
    "NOT_FOUND,404",
    "ALREADY_EXISTS,409",
    "PERMISSION_DENIED,403",
    "RESOURCE_EXHAUSTED,429",
    "FAILED_PRECONDITION,400",
    "ABORTED,409",
    "OUT_OF_RANGE,400",
    "UNIMPLEMENTED,501",
    "INTERNAL,500",
    "UNAVAILABLE,503",
    "DATA_LOSS,500",
    "UNAUTHENTICATED,401"
  })
  void theHttpStatusIsTheGatewaysForEveryCode(Status.Code code, int http) {
    assertThat(ErrorTable.httpStatusOf(code)).isEqualTo(http);
  }

  @Test
  void aRefusalIsFoundInsideWhatAFutureWrapsAroundIt() {
    CompletableFuture<String> failed = new CompletableFuture<>();
    failed.completeExceptionally(new RequestException(ErrorCode.NO_SPACE));
    Throwable[] seen = new Throwable[1];
    failed.thenApply(String::length).whenComplete((length, failure) -> seen[0] = failure);
    assertThat(seen[0]).isInstanceOf(CompletionException.class);
    assertThat(ErrorTable.statusOf(seen[0])).isSameAs(ErrorTable.statusOf(ErrorCode.NO_SPACE));
    assertThat(ErrorTable.statusOf(new ExecutionException(seen[0])))
        .isSameAs(ErrorTable.statusOf(ErrorCode.NO_SPACE));
  }

  @Test
  void aStatusPassesThroughAsItIs() {
    Status status = Status.UNIMPLEMENTED.withDescription("not that");
    assertThat(ErrorTable.statusOf(status.asRuntimeException())).isEqualTo(status);
    assertThat(ErrorTable.statusOf(status.asException())).isEqualTo(status);
  }

  @Test
  void aCancellationIsACanceledRequest() {
    Status status = ErrorTable.statusOf(new CancellationException());
    assertThat(status.getCode()).isEqualTo(Status.Code.CANCELLED);
    assertThat(status.getDescription()).isEqualTo("etcdserver: request canceled");
  }

  @Test
  void whatNobodyForesawIsUnknown() {
    Status status = ErrorTable.statusOf(new IllegalStateException("broken"));
    assertThat(status.getCode()).isEqualTo(Status.Code.UNKNOWN);
    assertThat(status.getDescription()).isEqualTo("etcdserver: internal error");
  }
}
