package io.kvorum.rest;

import io.grpc.Status;
import io.kvorum.model.RequestException;
import io.kvorum.wire.JsonCalls;
import org.jspecify.annotations.Nullable;

/**
 * Counts the messages of a conversation, and how it ends: with its error, or regularly; cancelled
 * if its client goes before. Threads as {@link Conversation}.
 *
 * <p>Held by: CountedConversationTest.
 */
final class CountedConversation implements Conversation {
  private final Conversation conversation;
  private final JsonCalls.Stream call;
  private volatile @Nullable RequestException refusal;

  CountedConversation(Conversation conversation, JsonCalls.Stream call) {
    this.conversation = conversation;
    this.call = call;
  }

  @Override
  public void take(byte[] json) {
    try {
      conversation.take(json);
    } catch (RequestException refused) {
      call.received();
      refusal = refused;
      throw refused;
    }
    call.received();
  }

  @Override
  public boolean takesMore() {
    return conversation.takesMore();
  }

  @Override
  public void requestsEnded() {
    try {
      conversation.requestsEnded();
    } catch (RequestException refused) {
      refusal = refused;
      throw refused;
    }
  }

  @Override
  public byte @Nullable [] next() {
    byte[] element = conversation.next();
    if (element != null) {
      call.sent();
    }
    return element;
  }

  @Override
  public boolean hasAnswered() {
    return conversation.hasAnswered();
  }

  @Override
  public boolean isOver() {
    return conversation.isOver();
  }

  @Override
  public @Nullable GatewayError failure() {
    return conversation.failure();
  }

  @Override
  public void close() {
    call.ended(code());
    conversation.close();
  }

  private Status.Code code() {
    RequestException refused = refusal;
    GatewayError failure = refused == null ? conversation.failure() : GatewayError.of(refused);
    if (failure != null) {
      return failure.grpcCode();
    }
    return conversation.isOver() ? Status.Code.OK : Status.Code.CANCELLED;
  }
}
