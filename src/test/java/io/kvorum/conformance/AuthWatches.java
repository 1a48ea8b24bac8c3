package io.kvorum.conformance;

import static io.kvorum.conformance.AuthClient.OK;
import static io.kvorum.conformance.AuthRequests.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import io.grpc.stub.StreamObserver;
import io.kvorum.proto.etcdserverpb.WatchCreateRequest;
import io.kvorum.proto.etcdserverpb.WatchGrpc;
import io.kvorum.proto.etcdserverpb.WatchRequest;
import io.kvorum.proto.etcdserverpb.WatchResponse;
import io.kvorum.testing.StreamAnswers;
import org.jspecify.annotations.Nullable;

/** Creates watchers on one stream of a user, and says how that was answered. */
final class AuthWatches implements AutoCloseable {
  private final StreamAnswers<WatchResponse> answers = new StreamAnswers<>();
  private final StreamObserver<WatchRequest> requests;

  /**
   * @param token null for none
   */
  AuthWatches(AuthClient client, @Nullable String token) {
    requests = AuthClient.as(token, WatchGrpc.newStub(client.channel())).watch(answers);
  }

  /** OK, or the reason why there is no watcher. */
  String create(String key, String end, long startRevision) {
    requests.onNext(
        WatchRequest.newBuilder()
            .setCreateRequest(
                WatchCreateRequest.newBuilder()
                    .setKey(bytes(key))
                    .setRangeEnd(bytes(end))
                    .setStartRevision(startRevision))
            .build());
    WatchResponse created = answers.next();
    assertThat(created.getCreated()).isTrue();
    if (created.getCanceled()) {
      assertThat(created.getWatchId()).isEqualTo(-1);
      return created.getCancelReason();
    }
    return OK;
  }

  /** The key of the next event. */
  String event() {
    return answers.next().getEvents(0).getKv().getKey().toStringUtf8();
  }

  /** The same request in JSON. */
  static String createJson(String key, String end, long startRevision) {
    return "{\"create_request\":{\"key\":\"%s\",\"range_end\":\"%s\",\"start_revision\":%d}}"
        .formatted(Json.base64(key), Json.base64(end), startRevision);
  }

  /** How an answer in JSON says it: OK, or the reason why there is no watcher. */
  static String outcomeOf(JsonObject created) {
    assertThat(created.get("created").getAsBoolean()).isTrue();
    if (!created.has("canceled")) {
      return OK;
    }
    assertThat(created.get("watch_id").getAsString()).isEqualTo("-1");
    return created.get("cancel_reason").getAsString();
  }

  @Override
  public void close() {
    requests.onCompleted();
  }
}
