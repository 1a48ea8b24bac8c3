package io.kvorum.differential;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.grpc.Status;
import org.jspecify.annotations.Nullable;

/** Reads the answer in what a server said to a step. Stateless. */
final class Answers {
  private Answers() {}

  /** The message of a call that succeeded; null of any other. */
  static @Nullable JsonObject ok(JsonElement outcome) {
    JsonElement answer = outcome.getAsJsonObject().get("answer");
    return answer != null && Calls.isOk(answer)
        ? answer.getAsJsonObject().getAsJsonObject("ok")
        : null;
  }

  /** The error of a call that was refused, with a code and a message; null of any other. */
  static @Nullable JsonObject error(JsonElement outcome) {
    JsonElement answer = outcome.getAsJsonObject().get("answer");
    if (answer == null || !answer.isJsonObject()) {
      return null;
    }
    JsonElement error = answer.getAsJsonObject().get("error");
    return error != null && error.isJsonObject() ? error.getAsJsonObject() : null;
  }

  static int code(JsonObject error) {
    return error.has("code") ? error.get("code").getAsInt() : Status.Code.UNKNOWN.value();
  }

  static String message(JsonObject error) {
    return error.has("message") ? error.get("message").getAsString() : "";
  }
}
