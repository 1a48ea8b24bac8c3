package io.kvorum.rest;

import io.kvorum.proto.etcdserverpb.WatchCreateRequest;
import io.kvorum.proto.etcdserverpb.WatchRequest;
import io.kvorum.rest.json.JsonBuffer;
import io.kvorum.rest.json.JsonToMessage;
import io.kvorum.rest.json.MessageToJson;
import io.kvorum.service.ClientLimits;
import io.kvorum.service.Header;
import io.kvorum.service.WatchService;
import io.kvorum.watch.WatchMessage;
import io.kvorum.wire.EncodedEvent;
import io.kvorum.wire.WatchWire;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Serves a watch stream as JSON. Messages stay with the hub until the client takes them; the JSON
 * of an event is made once for all watchers. Confined to its stream's turns.
 */
final class WatchConversation implements Conversation {
  private final WatchService.Opened stream;
  private final LongFunction<Header> headerAt;
  private final int maxMessageBytes;
  private final Deque<byte[]> parts = new ArrayDeque<>();
  private int unconfirmed;

  /**
   * @param stream wakes this conversation's stream when {@link #next} has an element after it had
   *     none
   * @param headerAt the header with the given revision; without a revision for 0
   * @param limits say where a message is cut for a client that accepts fragments
   */
  WatchConversation(
      WatchService.Opened stream, LongFunction<Header> headerAt, ClientLimits limits) {
    this.stream = stream;
    this.headerAt = headerAt;
    this.maxMessageBytes = limits.maxMessageBytes();
  }

  @Override
  public void take(byte[] json) {
    WatchRequest request = JsonToMessage.read(json, WatchRequest.newBuilder()).build();
    switch (request.getRequestUnionCase()) {
      case CREATE_REQUEST -> {
        WatchCreateRequest create = request.getCreateRequest();
        stream.create(create, WatchWire.spec(create));
        unconfirmed++;
      }
      case CANCEL_REQUEST -> stream.cancel(request.getCancelRequest().getWatchId());
      case PROGRESS_REQUEST -> stream.requestProgress();
      case REQUESTUNION_NOT_SET -> {
        // etcd, too, ignores a request without content.
      }
    }
  }

  @Override
  public boolean takesMore() {
    return !stream.isBusy();
  }

  @Override
  public void requestsEnded() {
    // The watches continue: a client that has no more requests still wants its events.
  }

  @Override
  public byte @Nullable [] next() {
    if (parts.isEmpty()) {
      WatchMessage message = stream.poll();
      if (message == null) {
        return null;
      }
      encode(message);
    }
    return parts.poll();
  }

  private void encode(WatchMessage message) {
    if (message instanceof WatchMessage.Created || message instanceof WatchMessage.Refused) {
      unconfirmed--;
    }
    Header header = headerAt.apply(message.revision());
    List<List<EncodedEvent>> fragments = WatchWire.fragments(message, maxMessageBytes);
    for (int i = 0; i < fragments.size(); i++) {
      boolean isFragment = i < fragments.size() - 1;
      parts.add(element(header, message, isFragment, fragments.get(i)));
    }
  }

  private static byte[] element(
      Header header, WatchMessage message, boolean isFragment, List<EncodedEvent> events) {
    JsonBuffer out = new JsonBuffer(256 + 512 * events.size());
    out.append("{\"result\":");
    MessageToJson.write(WatchWire.head(header, message, isFragment), out);
    if (!events.isEmpty()) {
      out.dropLast();
      char separator = '[';
      out.append(",\"events\":");
      for (EncodedEvent event : events) {
        out.append(separator).append(event.json(MessageToJson::write));
        separator = ',';
      }
      out.append("]}");
    }
    return out.append("}\n").toByteArray();
  }

  /** Cancellations do not count: one of an unknown watch is not answered. */
  @Override
  public boolean hasAnswered() {
    return unconfirmed == 0 && parts.isEmpty();
  }

  @Override
  public boolean isOver() {
    return false;
  }

  @Override
  public @Nullable GatewayError failure() {
    return null;
  }

  @Override
  public void close() {
    stream.close();
  }
}
