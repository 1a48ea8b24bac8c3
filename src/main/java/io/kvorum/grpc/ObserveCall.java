package io.kvorum.grpc;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.kvorum.model.Bytes;
import io.kvorum.proto.v3electionpb.LeaderRequest;
import io.kvorum.proto.v3electionpb.LeaderResponse;
import io.kvorum.service.ElectionService.Leader;
import io.kvorum.service.Entrance;
import io.kvorum.service.Journal;
import io.kvorum.service.Observation;
import io.kvorum.support.ByteStrings;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Sends the leaders of one election while the transport can write. Confined to the connection's
 * event loop, except for {@link #wake} and {@link #end}.
 *
 * <p>Held by: GrpcElectionIT.
 */
final class ObserveCall extends OneRequestCall<LeaderRequest, LeaderResponse> {
  /** How many messages are sent before other connections of the event loop get their turn. */
  private static final int MESSAGES_PER_TURN = 32;

  /**
   * The collaborators of all calls.
   *
   * @param observe observes the election of that name, and calls the given wake
   */
  record Context(
      Entrance<BiFunction<Bytes, Runnable, Observation>> observe,
      Function<Leader, LeaderResponse> answer,
      StreamRegistry streams) {}

  private final Context context;
  private @Nullable Observation observation;

  private ObserveCall(
      ServerCall<LeaderRequest, LeaderResponse> call, Metadata headers, Context context) {
    super(call, headers, context.streams());
    this.context = context;
  }

  static ServerCall.Listener<LeaderRequest> start(
      ServerCall<LeaderRequest, LeaderResponse> call, Metadata headers, Context context) {
    return new ObserveCall(call, headers, context).begin(headers);
  }

  @Override
  protected CompletableFuture<Void> recognized() {
    return context.observe().recognize(caller());
  }

  @Override
  protected void start(LeaderRequest asked) {
    Entrance.Visit<BiFunction<Bytes, Runnable, Observation>> visit =
        context.observe().enter(caller(), asked, Journal.Kind.STREAM);
    isVisiting(visit);
    observation = visit.service().apply(ByteStrings.bytes(asked.getName()), this::wake);
    send();
  }

  @Override
  public void onReady() {
    send();
  }

  @Override
  protected void release() {
    Observation open = observation;
    if (open != null) {
      open.close();
    }
  }

  @Override
  protected void onWake() {
    send();
  }

  private void send() {
    Observation open = observation;
    if (open == null) {
      return;
    }
    for (int sent = 0; isReady(); sent++) {
      if (sent == MESSAGES_PER_TURN) {
        wake();
        return;
      }
      Leader next = open.poll();
      if (next == null) {
        if (open.isOver()) {
          close(Status.OK);
        }
        return;
      }
      LeaderResponse message = context.answer().apply(next);
      send(message, message.getSerializedSize());
    }
  }
}
