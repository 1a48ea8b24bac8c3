package io.kvorum.differential;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.protobuf.ByteString;
import io.kvorum.proto.mvccpb.Event;

/** An Observe: it has said enough when it has named the leader of now. Guarded by its signal. */
final class Observation implements Conversation {
  private final Signal signal;
  private final Form form;
  private final ByteString prefix;
  private JsonArray said = new JsonArray();
  private long last;
  private JsonElement ending = JsonNull.INSTANCE;
  private Runnable end = () -> {};

  Observation(Signal signal, Form form, ByteString name) {
    this.signal = signal;
    this.form = form;
    this.prefix = name.concat(ByteString.copyFromUtf8("/"));
  }

  /** Says how it is ended. */
  void connect(Runnable ending) {
    end = ending;
  }

  /** Takes a message in the server's terms. */
  void take(JsonObject message) {
    signal.change(
        () -> {
          if (message.has("kv")) {
            last = message.getAsJsonObject("kv").get("mod_revision").getAsLong();
          }
          said.add(form.of(null, message));
        });
  }

  void end(JsonElement how) {
    signal.change(
        () -> {
          if (ending.isJsonNull()) {
            ending = how;
          }
        });
  }

  @Override
  public boolean isSettled(Store store) {
    Event leader = store.oldest(prefix);
    return !ending.isJsonNull() || leader == null || last >= leader.getKv().getModRevision();
  }

  @Override
  public JsonElement ending() {
    return ending;
  }

  @Override
  public JsonElement take() {
    JsonArray taken = said;
    said = new JsonArray();
    return taken;
  }

  @Override
  public void cancel() {
    end.run();
  }
}
