package io.kvorum.differential;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;

/** What two servers said to one step. Immutable by convention: rules make copies. */
record Pair(JsonElement ours, JsonElement theirs) {
  boolean isEqual() {
    return ours.equals(theirs);
  }

  /**
   * The pair with one difference set aside: theirs is a copy that has at this place what ours has
   * there, or nothing where ours has nothing. Where there is no such place it is the same pair.
   *
   * @param path the names that lead to the place
   */
  Pair withOurs(String... path) {
    JsonElement copy = theirs.deepCopy();
    JsonElement our = ours;
    JsonElement their = copy;
    for (int i = 0; i < path.length - 1; i++) {
      our = member(our, path[i]);
      their = member(their, path[i]);
    }
    if (!our.isJsonObject() || !their.isJsonObject()) {
      return this;
    }
    String name = path[path.length - 1];
    JsonObject parent = their.getAsJsonObject();
    if (our.getAsJsonObject().has(name)) {
      parent.add(name, our.getAsJsonObject().get(name));
    } else {
      parent.remove(name);
    }
    return new Pair(ours, copy);
  }

  private static JsonElement member(JsonElement element, String name) {
    return element.isJsonObject() && element.getAsJsonObject().has(name)
        ? element.getAsJsonObject().get(name)
        : JsonNull.INSTANCE;
  }
}
