package io.kvorum.differential;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.Map;

/** Reads errors of etcd 3.4's gateway as those of later ones. Stateless. */
final class Json34 {
  private Json34() {}

  /**
   * What 3.4 said, wherever an error stands in it: without its repetition, and with our status if
   * the code is the same.
   */
  static JsonElement asLater(JsonElement ours, JsonElement theirs) {
    if (!theirs.isJsonObject() || !ours.isJsonObject()) {
      return theirs;
    }
    JsonObject our = ours.getAsJsonObject();
    JsonObject later = new JsonObject();
    for (Map.Entry<String, JsonElement> member : theirs.getAsJsonObject().asMap().entrySet()) {
      JsonElement counterpart = our.get(member.getKey());
      boolean isRepetition =
          member.getKey().equals("error")
              && member.getValue().isJsonPrimitive()
              && theirs.getAsJsonObject().has("message");
      boolean isStatus =
          member.getKey().equals("http")
              && our.has("error")
              && theirs.getAsJsonObject().has("error");
      if (isStatus && counterpart != null) {
        later.add("http", counterpart);
      } else if (!isRepetition) {
        later.add(
            member.getKey(),
            counterpart == null ? member.getValue() : asLater(counterpart, member.getValue()));
      }
    }
    return later;
  }

  /** The same, where a key without a value has no lease either. */
  static JsonElement withoutLeasesOfKeys(JsonElement theirs) {
    if (theirs.isJsonArray()) {
      JsonArray array = new JsonArray();
      theirs.getAsJsonArray().forEach(element -> array.add(withoutLeasesOfKeys(element)));
      return array;
    }
    if (!theirs.isJsonObject()) {
      return theirs;
    }
    JsonObject object = new JsonObject();
    boolean isBareKey =
        theirs.getAsJsonObject().has("create_revision") && !theirs.getAsJsonObject().has("value");
    theirs
        .getAsJsonObject()
        .asMap()
        .forEach(
            (name, value) -> {
              if (!(isBareKey && name.equals("lease"))) {
                object.add(name, withoutLeasesOfKeys(value));
              }
            });
    return object;
  }
}
