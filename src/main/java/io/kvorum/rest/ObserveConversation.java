package io.kvorum.rest;

import io.kvorum.proto.v3electionpb.LeaderRequest;
import io.kvorum.proto.v3electionpb.LeaderResponse;
import io.kvorum.rest.json.JsonBuffer;
import io.kvorum.rest.json.JsonToMessage;
import io.kvorum.rest.json.MessageToJson;
import io.kvorum.service.ElectionService.Leader;
import io.kvorum.service.Observation;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Serves the leaders of one election as JSON, for one request; what follows it is ignored, and an
 * empty body stands for an empty request. Confined to its stream's turns, except for {@link
 * #close}.
 */
final class ObserveConversation implements Conversation {
  private final Function<LeaderRequest, Observation> observe;
  private final Function<Leader, LeaderResponse> answer;
  private volatile @Nullable Observation observation;
  private volatile boolean isClosed;

  /**
   * @param observe observes the election that a request names, and wakes this conversation's stream
   */
  ObserveConversation(
      Function<LeaderRequest, Observation> observe, Function<Leader, LeaderResponse> answer) {
    this.observe = observe;
    this.answer = answer;
  }

  @Override
  public void take(byte[] json) {
    begin(JsonToMessage.read(json, LeaderRequest.newBuilder()).build());
  }

  @Override
  public boolean takesMore() {
    return observation == null;
  }

  @Override
  public void requestsEnded() {
    if (observation == null) {
      begin(LeaderRequest.getDefaultInstance());
    }
  }

  private void begin(LeaderRequest request) {
    Observation begun = observe.apply(request);
    observation = begun;
    if (isClosed) {
      begun.close();
    }
  }

  @Override
  public byte @Nullable [] next() {
    Observation open = observation;
    Leader next = open == null ? null : open.poll();
    if (next == null) {
      return null;
    }
    JsonBuffer out = new JsonBuffer(256).append("{\"result\":");
    MessageToJson.write(answer.apply(next), out);
    return out.append("}\n").toByteArray();
  }

  /** The one request is answered for as long as the stream lasts. */
  @Override
  public boolean hasAnswered() {
    return true;
  }

  @Override
  public boolean isOver() {
    Observation open = observation;
    return open != null && open.isOver();
  }

  @Override
  public @Nullable GatewayError failure() {
    return null;
  }

  @Override
  public void close() {
    isClosed = true;
    Observation open = observation;
    if (open != null) {
      open.close();
    }
  }
}
