package io.kvorum.rest;

import com.google.protobuf.Message;
import io.kvorum.rest.json.JsonBuffer;
import io.kvorum.rest.json.JsonToMessage;
import io.kvorum.rest.json.MessageToJson;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Answers one request for as long as its stream lasts; what follows it is ignored, and an empty
 * body stands for an empty request. Confined to its stream's turns, except for {@link #close}.
 *
 * <p>Held by: ObserveConversationTest, JsonMaintenanceIT.
 *
 * @param <Q> the request
 * @param <S> what it opens
 */
abstract class OneRequestConversation<Q extends Message, S> implements Conversation {
  private final Q empty;
  private final Function<Q, S> begin;
  private volatile @Nullable S source;
  private volatile boolean isClosed;

  /**
   * @param empty the request without fields
   * @param begin opens what a request asks for, and has it wake this conversation's stream
   */
  OneRequestConversation(Q empty, Function<Q, S> begin) {
    this.empty = empty;
    this.begin = begin;
  }

  /** What the request has opened; null if there was none yet. */
  final @Nullable S source() {
    return source;
  }

  /** Closes what the request has opened; may be called more than once. */
  abstract void close(S opened);

  @Override
  @SuppressWarnings("unchecked") // A builder of a message builds that message.
  public final void take(byte[] json) {
    begin((Q) JsonToMessage.read(json, empty.newBuilderForType()).build());
  }

  @Override
  public final boolean takesMore() {
    return source == null;
  }

  @Override
  public final void requestsEnded() {
    if (source == null) {
      begin(empty);
    }
  }

  private void begin(Q request) {
    S begun = begin.apply(request);
    source = begun;
    if (isClosed) {
      close(begun);
    }
  }

  /** The one request is answered for as long as the stream lasts. */
  @Override
  public final boolean hasAnswered() {
    return true;
  }

  /**
   * An element of the stream, with its line end.
   *
   * @param bytes about how many it will have
   */
  static byte[] element(Message answer, int bytes) {
    JsonBuffer out = new JsonBuffer(bytes).append("{\"result\":");
    MessageToJson.write(answer, out);
    return out.append("}\n").toByteArray();
  }

  @Override
  public final void close() {
    isClosed = true;
    S open = source;
    if (open != null) {
      close(open);
    }
  }
}
