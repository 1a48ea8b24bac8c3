package io.kvorum.wire;

import io.kvorum.model.Bytes;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.KeyRange;
import io.kvorum.proto.etcdserverpb.WatchCreateRequest;
import io.kvorum.proto.etcdserverpb.WatchCreateRequest.FilterType;
import io.kvorum.proto.etcdserverpb.WatchResponse;
import io.kvorum.service.Header;
import io.kvorum.support.ByteStrings;
import io.kvorum.watch.WatchEvent;
import io.kvorum.watch.WatchMessage;
import io.kvorum.watch.WatchSpec;
import java.util.ArrayList;
import java.util.List;

/**
 * The Watch service's messages. Stateless.
 *
 * <p>A response's header must carry the message's revision, and none if that is 0.
 */
public final class WatchWire {
  private static final Bytes SMALLEST_KEY = Bytes.wrap(new byte[] {0});

  /** More than the fields of a response with events can take, but for the events. */
  private static final int HEAD_ROOM = 64;

  private WatchWire() {}

  /** An empty key stands for the smallest one; filters that do not exist are ignored. */
  public static WatchSpec spec(WatchCreateRequest request) {
    Bytes key = request.getKey().isEmpty() ? SMALLEST_KEY : ByteStrings.bytes(request.getKey());
    return new WatchSpec(
        request.getWatchId(),
        KeyRange.ofWire(key, ByteStrings.bytes(request.getRangeEnd())),
        request.getStartRevision(),
        request.getPrevKv(),
        request.getProgressNotify(),
        request.getFiltersList().contains(FilterType.NOPUT),
        request.getFiltersList().contains(FilterType.NODELETE),
        request.getFragment());
  }

  /** The response without its events: what {@link #fragments} parts are put behind. */
  public static WatchResponse head(Header header, WatchMessage message, boolean isFragment) {
    WatchResponse.Builder response =
        WatchResponse.newBuilder()
            .setHeader(HeaderWire.header(header))
            .setWatchId(message.watchId());
    if (message instanceof WatchMessage.Created) {
      response.setCreated(true);
    } else if (message instanceof WatchMessage.Refused refused) {
      response.setCreated(true).setCanceled(true).setCancelReason(reasonOf(refused.reason()));
    } else if (message instanceof WatchMessage.Canceled canceled) {
      response.setCanceled(true).setCompactRevision(canceled.compactRevision());
    }
    return response.setFragment(isFragment).build();
  }

  /** What etcd's server finds out about a caller stands there as its client would print it. */
  private static String reasonOf(ErrorCode code) {
    return switch (code) {
      case PERMISSION_DENIED -> printed("PermissionDenied", code);
      case INVALID_AUTH_TOKEN -> printed("Unauthenticated", code);
      case USER_EMPTY, AUTH_REVISION_OLD -> printed("InvalidArgument", code);
      default -> ErrorTable.textOf(code);
    };
  }

  private static String printed(String status, ErrorCode code) {
    return "rpc error: code = " + status + " desc = " + ErrorTable.textOf(code);
  }

  /**
   * The message in the form that shares the bytes of its events.
   *
   * @param maxBytes where a message is cut for a client that takes it in parts
   */
  public static List<WatchFrame> frames(Header header, WatchMessage message, int maxBytes) {
    List<List<EncodedEvent>> parts = fragments(message, maxBytes);
    List<WatchFrame> frames = new ArrayList<>(parts.size());
    for (int i = 0; i < parts.size(); i++) {
      boolean isFragment = i < parts.size() - 1;
      List<byte[]> events = new ArrayList<>(parts.get(i).size());
      for (EncodedEvent event : parts.get(i)) {
        events.add(event.field());
      }
      frames.add(new WatchFrame(head(header, message, isFragment).toByteArray(), events));
    }
    return frames;
  }

  /**
   * The events of the message, cut where the responses would grow beyond {@code maxBytes} if the
   * client takes them in parts: one part per response, at least one, at least one event in each of
   * several. All but the last response are marked as fragments.
   */
  public static List<List<EncodedEvent>> fragments(WatchMessage message, int maxBytes) {
    if (!(message instanceof WatchMessage.Events batch)) {
      return List.of(List.of());
    }
    List<List<EncodedEvent>> parts = new ArrayList<>(1);
    List<EncodedEvent> part = new ArrayList<>(batch.events().size());
    long size = HEAD_ROOM;
    for (WatchEvent shared : batch.events()) {
      EncodedEvent event = EncodedEvent.of(shared, batch.wantsPrevKv());
      if (batch.mayFragment()) {
        int added = event.field().length;
        if (!part.isEmpty() && size + added >= maxBytes) {
          parts.add(part);
          part = new ArrayList<>();
          size = HEAD_ROOM;
        }
        size += added;
      }
      part.add(event);
    }
    parts.add(part);
    return parts;
  }
}
