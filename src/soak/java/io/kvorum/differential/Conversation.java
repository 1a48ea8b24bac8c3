package io.kvorum.differential;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;

/** What runs alongside the steps: a stream, or a call that waits. Guarded by its {@link Signal}. */
interface Conversation {

  /** True when its server has said all that it has to say, given what is in the store. */
  boolean isSettled(Store store);

  /** What the server has said since the last time. */
  JsonElement take();

  /** How the server has ended it, where that may come later than all the rest; null if not yet. */
  default JsonElement ending() {
    return JsonNull.INSTANCE;
  }

  /** Ends it, without the lock. */
  void cancel();
}
