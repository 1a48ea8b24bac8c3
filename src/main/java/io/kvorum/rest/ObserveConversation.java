package io.kvorum.rest;

import io.kvorum.proto.v3electionpb.LeaderRequest;
import io.kvorum.proto.v3electionpb.LeaderResponse;
import io.kvorum.service.ElectionService.Leader;
import io.kvorum.service.Observation;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Serves the leaders of one election as JSON. Threads as {@link OneRequestConversation}. */
final class ObserveConversation extends OneRequestConversation<LeaderRequest, Observation> {
  private static final int ANSWER_BYTES = 256;

  private final Function<Leader, LeaderResponse> answer;

  /**
   * @param observe observes the election that a request names, and wakes this conversation's stream
   */
  ObserveConversation(
      Function<LeaderRequest, Observation> observe, Function<Leader, LeaderResponse> answer) {
    super(LeaderRequest.getDefaultInstance(), observe);
    this.answer = answer;
  }

  @Override
  public byte @Nullable [] next() {
    Observation open = source();
    Leader next = open == null ? null : open.poll();
    return next == null ? null : element(answer.apply(next), ANSWER_BYTES);
  }

  @Override
  public boolean isOver() {
    Observation open = source();
    return open != null && open.isOver();
  }

  @Override
  public @Nullable GatewayError failure() {
    return null;
  }

  @Override
  void close(Observation opened) {
    opened.close();
  }
}
