package io.kvorum.differential;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.kvorum.proto.etcdserverpb.CompactionRequest;
import io.kvorum.proto.etcdserverpb.WatchCreateRequest;
import io.kvorum.proto.etcdserverpb.WatchRequest;
import io.kvorum.proto.etcdserverpb.WatchResponse;
import io.kvorum.proto.v3electionpb.CampaignRequest;
import io.kvorum.proto.v3electionpb.LeaderRequest;
import io.kvorum.proto.v3lockpb.LockRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * One server in one sequence: takes its steps, and after each of them waits until the server has
 * said all that follows from it. So the sequence is the same on both servers, whatever their pace.
 * Used by one thread at a time.
 */
final class Side implements AutoCloseable {
  /** The smallest key that a range can begin with. */
  static final ByteString FIRST = ByteString.copyFrom(new byte[1]);

  private static final String UNSETTLED = "unsettled";
  private static final Duration SETTLED_WITHIN = Duration.ofSeconds(5);

  private final Server server;
  private final Revisions revisions;
  private final Form form;
  private final Calls calls;
  private final Signal signal = new Signal();
  private final Store store = new Store();
  private final TreeMap<Integer, Conversation> conversations = new TreeMap<>();
  private final Runnable endHistory;
  private volatile long compacted;
  private long revision;

  /**
   * @param base the revision of the server, which is clean and compacted there
   */
  Side(Server server, long base) {
    this.server = server;
    this.revisions = new Revisions(base, server.memberId());
    this.compacted = base;
    this.revision = base;
    this.form = new Form(revisions, server.authRevision(), server.names());
    this.calls = new Calls(server, form);
    this.endHistory = followHistory();
  }

  private Runnable followHistory() {
    WatchCreateRequest everything =
        WatchCreateRequest.newBuilder()
            .setKey(FIRST)
            .setRangeEnd(FIRST)
            .setStartRevision(revisions.base())
            .build();
    Calls.Stream<WatchRequest> stream =
        calls.watch(
            Users.NOBODY,
            message -> signal.change(() -> message.getEventsList().forEach(store::add)),
            status -> {});
    stream.send(WatchRequest.newBuilder().setCreateRequest(everything).build());
    return stream::cancel;
  }

  /** Takes a step; what the server answers, and what it says on streams. */
  JsonElement take(Step step) {
    JsonObject outcome = new JsonObject();
    JsonElement answer = perform(step);
    if (!answer.isJsonNull()) {
      outcome.add("answer", answer);
    }
    settle(outcome);
    return outcome;
  }

  private void settle(JsonObject outcome) {
    boolean isSettled = true;
    for (long seen = -1; isSettled && seen != revision; ) {
      seen = revision;
      revision = server.revision();
      isSettled = signal.await(SETTLED_WITHIN, this::isSettled);
    }
    signal.read(
        () -> {
          if (store.revision() < revision) {
            outcome.addProperty(UNSETTLED, "the watch of everything");
          }
          conversations.forEach(
              (number, conversation) -> {
                if (!conversation.isSettled(store)) {
                  outcome.addProperty(UNSETTLED, "#" + number);
                }
                JsonElement said = conversation.take();
                if (!said.isJsonNull()
                    && !(said.isJsonObject() && said.getAsJsonObject().isEmpty())
                    && !(said.isJsonArray() && said.getAsJsonArray().isEmpty())) {
                  outcome.add("#" + number, said);
                }
              });
          return outcome;
        });
  }

  private boolean isSettled() {
    return store.revision() >= revision
        && conversations.values().stream().allMatch(conversation -> conversation.isSettled(store));
  }

  private JsonElement perform(Step step) {
    if (step instanceof Step.Call call) {
      return call(call);
    }
    if (step instanceof Step.Mangled mangled) {
      return calls.mangled(mangled.rpc(), revisions.toServer(mangled.request()), mangled.seed());
    }
    if (step instanceof Step.KeepAlive keepAlive) {
      return calls.keepAlive(keepAlive);
    }
    if (step instanceof Step.Begin begin) {
      return begin(begin);
    }
    if (step instanceof Step.OpenWatch open) {
      return openWatch(open);
    }
    if (step instanceof Step.Watch watch) {
      if (conversations.get(watch.number()) instanceof WatchConversation conversation) {
        conversation.request(revisions.toServer(watch.request()), revision);
      }
      return JsonNull.INSTANCE;
    }
    if (step instanceof Step.Observe observe) {
      return observe(observe);
    }
    Step.Cancel cancel = (Step.Cancel) step;
    return cancel(cancel.number());
  }

  private JsonElement call(Step.Call call) {
    JsonElement answer =
        calls.call(call.face(), call.who(), call.rpc(), revisions.toServer(call.request()));
    if (call.request() instanceof CompactionRequest && Calls.isOk(answer)) {
      compacted = revisions.toServer((CompactionRequest) call.request()).getRevision();
    }
    return answer;
  }

  private JsonElement begin(Step.Begin begin) {
    ByteString name;
    long lease;
    if (begin.request() instanceof LockRequest lock) {
      name = lock.getName();
      lease = lock.getLease();
    } else {
      CampaignRequest campaign = (CampaignRequest) begin.request();
      name = campaign.getName();
      lease = campaign.getLease();
    }
    WaitingCall waiting = new WaitingCall(signal, name, lease);
    if (conversations.containsKey(begin.number())
        || signal.read(() -> waiting.wouldLeaveNoTrace(store))) {
      return JsonNull.INSTANCE;
    }
    conversations.put(begin.number(), waiting);
    waiting.connect(
        calls.begin(begin.face(), begin.who(), begin.rpc(), begin.request(), waiting::answer));
    return JsonNull.INSTANCE;
  }

  private JsonElement openWatch(Step.OpenWatch open) {
    if (conversations.containsKey(open.number())) {
      return JsonNull.INSTANCE;
    }
    WatchConversation conversation = new WatchConversation(signal, form);
    conversations.put(open.number(), conversation);
    List<WatchRequest> requests = new ArrayList<>();
    for (WatchCreateRequest create : open.creates()) {
      requests.add(WatchRequest.newBuilder().setCreateRequest(revisions.toServer(create)).build());
    }
    Consumer<JsonElement> end = conversation::end;
    if (open.face() == Step.Face.GRPC) {
      Calls.Stream<WatchRequest> stream =
          calls.watch(
              open.who(),
              (WatchResponse message) -> conversation.take(Form.json(message), compacted),
              status -> end.accept(status));
      conversation.connect(stream::send, stream::cancel);
      requests.forEach(request -> conversation.request(request, revision));
    } else {
      conversation.ask(requests.stream().map(WatchRequest::getCreateRequest).toList());
      conversation.connect(
          null,
          calls.stream(
              "/v3/watch",
              open.who(),
              requests,
              message -> conversation.take(message, compacted),
              end));
    }
    return JsonNull.INSTANCE;
  }

  private JsonElement observe(Step.Observe observe) {
    if (conversations.containsKey(observe.number())) {
      return JsonNull.INSTANCE;
    }
    LeaderRequest request = (LeaderRequest) observe.request();
    Observation observation = new Observation(signal, form, request.getName());
    conversations.put(observe.number(), observation);
    observation.connect(
        observe.face() == Step.Face.GRPC
            ? calls.observe(observe.who(), request, observation::take, observation::end)
            : calls.stream(
                "/v3/election/observe",
                observe.who(),
                List.of(request),
                observation::take,
                observation::end));
    return JsonNull.INSTANCE;
  }

  private JsonElement cancel(int number) {
    Conversation conversation = conversations.get(number);
    if (conversation == null) {
      return JsonNull.INSTANCE;
    }
    conversation.cancel();
    if (!(conversation instanceof WaitingCall)) {
      conversations.remove(number);
    }
    return new JsonPrimitive("cancelled");
  }

  /** How the streams have ended whose end nothing in the store announces. */
  JsonElement endings() {
    JsonObject endings = new JsonObject();
    signal.read(
        () -> {
          conversations.forEach(
              (number, conversation) -> endings.add("end of #" + number, conversation.ending()));
          return endings;
        });
    return endings;
  }

  /** Leaves nothing behind; nobody waits any more. */
  @Override
  public void close() {
    server.clean();
    conversations.values().forEach(Conversation::cancel);
    endHistory.run();
  }

  /** True if the server has not said in time what must follow from the step. */
  static boolean isUnsettled(JsonElement outcome) {
    return outcome.getAsJsonObject().has(UNSETTLED);
  }

  static JsonElement ended(Status status) {
    String text = status.getDescription() == null ? "" : status.getDescription();
    return new JsonPrimitive("ended: " + status.getCode() + " " + text);
  }
}
