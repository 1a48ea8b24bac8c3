package io.kvorum.differential;

import com.google.gson.JsonElement;

/** What two servers said to one step. Immutable by convention: rules make copies. */
record Pair(JsonElement ours, JsonElement theirs) {
  boolean isEqual() {
    return ours.equals(theirs);
  }
}
