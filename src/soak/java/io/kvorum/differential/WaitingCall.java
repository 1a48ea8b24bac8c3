package io.kvorum.differential;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.protobuf.ByteString;
import io.kvorum.proto.mvccpb.Event;
import org.jspecify.annotations.Nullable;

/**
 * A Lock or a Campaign, which waits while the queue has keys that are older than its own. Guarded
 * by its signal.
 */
final class WaitingCall implements Conversation {
  private final Signal signal;
  private final ByteString prefix;
  private final ByteString key;
  private final boolean hasLease;
  private @Nullable JsonElement answer;
  private boolean hasAnswered;
  private boolean isCancelled;
  private boolean isGranted;
  private long created;
  private Runnable end = () -> {};

  WaitingCall(Signal signal, ByteString name, long lease) {
    this.signal = signal;
    this.hasLease = lease != 0;
    this.prefix = name.concat(ByteString.copyFromUtf8("/"));
    this.key = prefix.concat(ByteString.copyFromUtf8(Long.toHexString(lease)));
  }

  /** Says how it is ended. */
  void connect(Runnable ending) {
    end = ending;
  }

  /** True if the key is there already and is not the first: it would wait without a trace. */
  boolean wouldLeaveNoTrace(Store store) {
    return store.has(key) && hasOlder(store, store.createRevision(key));
  }

  private boolean hasOlder(Store store, long revision) {
    Event oldest = store.oldest(prefix);
    return oldest != null && oldest.getKv().getCreateRevision() < revision;
  }

  void answer(JsonElement given) {
    signal.change(
        () -> {
          hasAnswered = true;
          isGranted = Calls.isOk(given);
          answer = given;
        });
  }

  @Override
  public boolean isSettled(Store store) {
    if (isCancelled) {
      return !store.has(key);
    }
    if (created == 0) {
      created = store.createRevision(key);
    }
    if (hasAnswered) {
      // What its key brings about in others is seen once the key is.
      return !isGranted || !hasLease || created > 0;
    }
    return created > 0 && hasOlder(store, created);
  }

  @Override
  public JsonElement take() {
    JsonElement taken = answer == null ? JsonNull.INSTANCE : answer;
    answer = null;
    return taken;
  }

  @Override
  public void cancel() {
    signal.change(() -> isCancelled = !hasAnswered);
    end.run();
  }
}
