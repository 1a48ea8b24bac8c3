package io.kvorum.rest;

import io.kvorum.proto.etcdserverpb.LeaseKeepAliveRequest;
import io.kvorum.rest.json.JsonToMessage;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

/**
 * A conversation whose side the test speaks; requests are keep-alives, as they are the shortest.
 */
final class ScriptedConversation implements Conversation {
  final List<Long> taken = new ArrayList<>();
  final Queue<String> toSay = new ArrayDeque<>();
  boolean takesMore = true;
  boolean hasAnswered = true;
  boolean hasEnded;
  boolean isOver;
  boolean isClosed;
  GatewayError failure;

  @Override
  public void take(byte[] json) {
    taken.add(JsonToMessage.read(json, LeaseKeepAliveRequest.newBuilder()).getID());
  }

  @Override
  public boolean takesMore() {
    return takesMore;
  }

  @Override
  public void requestsEnded() {
    hasEnded = true;
  }

  @Override
  public byte[] next() {
    String next = toSay.poll();
    return next == null ? null : (next + "\n").getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public boolean hasAnswered() {
    return hasAnswered && toSay.isEmpty();
  }

  @Override
  public boolean isOver() {
    return isOver && toSay.isEmpty();
  }

  @Override
  public GatewayError failure() {
    return failure;
  }

  @Override
  public void close() {
    isClosed = true;
  }
}
