package io.kvorum.differential;

import com.google.gson.JsonElement;

/** What goes on beside the steps: a stream, or a call that waits. Guarded by its {@link Signal}. */
interface Conversation {

  /** True when its server has said all that it has to say, given what is in the store. */
  boolean isSettled(Store store);

  /** What the server has said since the last time. */
  JsonElement take();

  /** Ends it, without the lock. */
  void cancel();
}
