package io.kvorum.differential;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.protobuf.ByteString;
import io.kvorum.proto.etcdserverpb.WatchCreateRequest;
import io.kvorum.proto.etcdserverpb.WatchCreateRequest.FilterType;
import io.kvorum.proto.etcdserverpb.WatchRequest;
import io.kvorum.proto.mvccpb.Event;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One watch stream over either face: how the answers are cut into messages, and what comes between
 * the events of different watchers, is set aside. Guarded by its signal.
 */
final class WatchConversation implements Conversation {
  private static final Duration PROGRESS_EVERY = Duration.ofMillis(100);

  private final Signal signal;
  private final Form form;
  private final Map<Long, Watcher> watchers = new HashMap<>();
  private final List<WatchCreateRequest> asked = new ArrayList<>();
  private final TreeMap<String, JsonArray> said = new TreeMap<>();
  private int answered;
  private @Nullable JsonElement progress;
  private boolean hasEnded;
  private @Nullable Consumer<WatchRequest> send;
  private Runnable end = () -> {};

  /**
   * @param compacted the revision below which nothing can be watched, when it was created
   */
  private record Watcher(WatchCreateRequest request, long start, long compacted, long[] events) {
    boolean isCompacted() {
      return request.getStartRevision() > 0 && request.getStartRevision() < compacted;
    }

    boolean wants(Event event) {
      FilterType filter =
          event.getType() == Event.EventType.PUT ? FilterType.NOPUT : FilterType.NODELETE;
      ByteString key = request.getKey().isEmpty() ? Side.FIRST : request.getKey();
      return event.getKv().getModRevision() >= start
          && !request.getFiltersList().contains(filter)
          && Store.isIn(event.getKv().getKey(), key, request.getRangeEnd());
    }
  }

  WatchConversation(Signal signal, Form form) {
    this.signal = signal;
    this.form = form;
  }

  /**
   * Says how requests are sent, and how the stream is ended.
   *
   * @param sending null where the client has sent all that it can
   */
  void connect(@Nullable Consumer<WatchRequest> sending, Runnable ending) {
    send = sending;
    end = ending;
  }

  /** Notes what the requests of the stream ask for, in their order. */
  void ask(List<WatchCreateRequest> creates) {
    signal.change(() -> asked.addAll(creates));
  }

  /** Sends a request, and waits for its answer if there will be one. */
  void request(WatchRequest request, long revision) {
    if (send == null || signal.read(() -> hasEnded)) {
      return;
    }
    if (request.hasCreateRequest()) {
      ask(List.of(request.getCreateRequest()));
      send.accept(request);
    } else if (request.hasCancelRequest()) {
      long id = request.getCancelRequest().getWatchId();
      send.accept(request);
      signal.await(Server.PATIENCE, () -> hasEnded || !watchers.containsKey(id));
    } else if (canReport(revision)) {
      awaitProgress(send, request);
    }
  }

  /** Watchers that wait for a revision of the future, or none, hold a report back. */
  private boolean canReport(long revision) {
    return signal.read(
        () ->
            !watchers.isEmpty()
                && watchers.values().stream()
                    .allMatch(watcher -> watcher.request().getStartRevision() <= revision));
  }

  /** Asks until there is an answer: while a watcher is catching up there is none. */
  private void awaitProgress(Consumer<WatchRequest> sending, WatchRequest request) {
    signal.change(() -> progress = null);
    long deadline = System.nanoTime() + Server.PATIENCE.toNanos();
    do {
      sending.accept(request);
    } while (!signal.await(PROGRESS_EVERY, () -> hasEnded || progress != null)
        && System.nanoTime() < deadline);
    signal.change(() -> say("progress", progress == null ? new JsonPrimitive("none") : progress));
  }

  private void say(String who, JsonElement what) {
    said.computeIfAbsent(who, any -> new JsonArray()).add(what);
  }

  /**
   * Takes a message of the server.
   *
   * @param message in the server's terms
   * @param compacted the revision of the last compaction
   */
  void take(JsonObject message, long compacted) {
    signal.change(() -> note(message, compacted));
  }

  private void note(JsonObject message, long compacted) {
    JsonElement idGiven = message.get("watch_id");
    long id = idGiven == null ? 0 : idGiven.getAsLong();
    boolean isCreated = message.has("created");
    boolean isCanceled = message.has("canceled");
    JsonArray events = message.has("events") ? message.getAsJsonArray("events") : new JsonArray();
    if (id == -1 && !isCreated && !isCanceled) {
      progress = form.of(null, message);
      return;
    }
    if (isCreated) {
      WatchCreateRequest request = asked.get(answered++);
      if (!isCanceled) {
        long created = message.getAsJsonObject("header").get("revision").getAsLong();
        long start = request.getStartRevision() > 0 ? request.getStartRevision() : created + 1;
        watchers.put(id, new Watcher(request, start, compacted, new long[1]));
      }
    } else if (isCanceled) {
      watchers.remove(id);
    }
    for (JsonElement event : events) {
      say("watcher " + id, form.of(null, event));
      Watcher watcher = watchers.get(id);
      if (watcher != null) {
        watcher.events()[0]++;
      }
    }
    if (events.isEmpty()) {
      say("watcher " + id, form.of(null, message));
    }
  }

  void end(JsonElement how) {
    signal.change(
        () -> {
          hasEnded = true;
          say("end", how);
        });
  }

  @Override
  public boolean isSettled(Store store) {
    return hasEnded
        || answered == asked.size()
            && watchers.values().stream()
                .allMatch(
                    watcher ->
                        !watcher.isCompacted()
                            && watcher.events()[0] >= store.count(watcher::wants));
  }

  @Override
  public JsonElement take() {
    JsonObject taken = new JsonObject();
    said.forEach(taken::add);
    said.clear();
    return taken;
  }

  @Override
  public void cancel() {
    end.run();
  }
}
