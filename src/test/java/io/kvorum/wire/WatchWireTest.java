package io.kvorum.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.kvorum.model.Bytes;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.Event;
import io.kvorum.model.KeyRange;
import io.kvorum.model.KeyValue;
import io.kvorum.proto.etcdserverpb.WatchCreateRequest;
import io.kvorum.proto.etcdserverpb.WatchResponse;
import io.kvorum.service.Header;
import io.kvorum.watch.WatchEvent;
import io.kvorum.watch.WatchMessage;
import io.kvorum.watch.WatchSpec;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WatchWireTest {
  private static final Header HEADER = new Header(-1, Long.MAX_VALUE, 9, 10);
  private static final int LARGE = 1 << 20;

  private static WatchEvent put(String key, String value) {
    KeyValue before = new KeyValue(Bytes.utf8(key), Bytes.utf8("old"), 2, 3, 1, 0);
    KeyValue after = new KeyValue(Bytes.utf8(key), Bytes.utf8(value), 2, 4, 2, 0);
    return new WatchEvent(new Event(after, before));
  }

  private static WatchMessage.Events events(
      List<WatchEvent> events, boolean wantsPrevKv, boolean mayFragment) {
    return new WatchMessage.Events(3, 9, events, wantsPrevKv, mayFragment);
  }

  private static List<WatchResponse> responses(WatchMessage message, int maxBytes)
      throws IOException {
    List<WatchResponse> responses = new ArrayList<>();
    for (WatchFrame frame : WatchWire.frames(HEADER, message, maxBytes)) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      frame.writeTo(bytes);
      assertThat(frame.length()).isEqualTo(bytes.size());
      WatchResponse response = WatchResponse.parseFrom(bytes.toByteArray());
      assertThat(response.toByteArray()).isEqualTo(bytes.toByteArray());
      assertThat(response.getEventsCount()).isEqualTo(frame.eventCount());
      responses.add(response);
    }
    return responses;
  }

  @Test
  void anEmptyKeyIsTheSmallestOneAndFiltersThatDoNotExistAreIgnored() {
    WatchCreateRequest request =
        WatchCreateRequest.newBuilder()
            .setRangeEnd(ByteString.copyFrom(new byte[] {0}))
            .setStartRevision(-4)
            .setProgressNotify(true)
            .addFilters(WatchCreateRequest.FilterType.NODELETE)
            .addFiltersValue(17)
            .setWatchId(12)
            .setFragment(true)
            .build();
    assertThat(WatchWire.spec(request))
        .isEqualTo(
            new WatchSpec(
                12,
                new KeyRange(Bytes.wrap(new byte[] {0}), Bytes.EMPTY),
                -4,
                false,
                true,
                false,
                true,
                true));
    assertThat(
            WatchWire.spec(
                WatchCreateRequest.newBuilder()
                    .setKey(ByteString.copyFromUtf8("k"))
                    .setPrevKv(true)
                    .addFilters(WatchCreateRequest.FilterType.NOPUT)
                    .build()))
        .isEqualTo(
            new WatchSpec(0, KeyRange.single(Bytes.utf8("k")), 0, true, false, true, false, false));
  }

  @Test
  void controlMessagesSayWhatHappened() throws IOException {
    WatchResponse created = responses(new WatchMessage.Created(3, 9), LARGE).get(0);
    assertThat(created.getCreated()).isTrue();
    assertThat(created.getCanceled()).isFalse();
    assertThat(created.getWatchId()).isEqualTo(3);
    assertThat(created.getHeader().getRevision()).isEqualTo(9);

    WatchResponse refused =
        responses(new WatchMessage.Refused(-1, 9, ErrorCode.COMPACTED), LARGE).get(0);
    assertThat(refused.getCreated()).isTrue();
    assertThat(refused.getCanceled()).isTrue();
    assertThat(refused.getWatchId()).isEqualTo(-1);
    assertThat(refused.getCancelReason())
        .isEqualTo("etcdserver: mvcc: required revision has been compacted");
    assertThat(refused.getCompactRevision()).isZero();

    WatchResponse canceled = responses(new WatchMessage.Canceled(3, 0, 7), LARGE).get(0);
    assertThat(canceled.getCreated()).isFalse();
    assertThat(canceled.getCanceled()).isTrue();
    assertThat(canceled.getCompactRevision()).isEqualTo(7);

    WatchResponse progress = responses(new WatchMessage.Progress(-1, 9), LARGE).get(0);
    assertThat(progress)
        .isEqualTo(
            WatchResponse.newBuilder().setHeader(created.getHeader()).setWatchId(-1).build());
  }

  @Test
  void eventsCarryThePreviousVersionOnlyForThoseWhoAskedForIt() throws IOException {
    WatchEvent shared = put("k", "v");
    io.kvorum.proto.mvccpb.Event plain =
        responses(events(List.of(shared), false, false), LARGE).get(0).getEvents(0);
    io.kvorum.proto.mvccpb.Event withPrevKv =
        responses(events(List.of(shared), true, false), LARGE).get(0).getEvents(0);
    assertThat(plain.getKv().getValue().toStringUtf8()).isEqualTo("v");
    assertThat(plain.hasPrevKv()).isFalse();
    assertThat(withPrevKv.getKv()).isEqualTo(plain.getKv());
    assertThat(withPrevKv.getPrevKv().getValue().toStringUtf8()).isEqualTo("old");
  }

  @Test
  void aDeletionNamesTheKeyAndItsRevisionAndNothingElse() throws IOException {
    WatchEvent deletion = new WatchEvent(new Event(KeyValue.tombstone(Bytes.utf8("k"), 6), null));
    assertThat(responses(events(List.of(deletion), true, false), LARGE).get(0).getEvents(0))
        .isEqualTo(
            io.kvorum.proto.mvccpb.Event.newBuilder()
                .setType(io.kvorum.proto.mvccpb.Event.EventType.DELETE)
                .setKv(
                    io.kvorum.proto.mvccpb.KeyValue.newBuilder()
                        .setKey(ByteString.copyFromUtf8("k"))
                        .setModRevision(6))
                .build());
  }

  @Test
  void allWatchersShareTheBytesOfAnEvent() {
    WatchEvent shared = put("k", "v");
    assertThat(EncodedEvent.of(shared, false).field())
        .isSameAs(EncodedEvent.of(shared, false).field())
        .isNotSameAs(EncodedEvent.of(shared, true).field());
    byte[] json = {1};
    assertThat(EncodedEvent.of(shared, true).json(event -> json)).isSameAs(json);
    assertThat(EncodedEvent.of(shared, true).json(event -> new byte[] {2})).isSameAs(json);
  }

  @Test
  void aClientThatTakesPartsGetsThemBelowTheLimitWithAllButTheLastMarked() throws IOException {
    List<WatchEvent> events = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      events.add(put("key" + i, "v".repeat(i * 3)));
    }
    List<WatchResponse> parts = responses(events(events, false, true), 1000);
    assertThat(parts.size()).isGreaterThan(10);
    List<String> keys = new ArrayList<>();
    for (int i = 0; i < parts.size(); i++) {
      WatchResponse part = parts.get(i);
      assertThat(part.getFragment()).isEqualTo(i < parts.size() - 1);
      assertThat(part.getSerializedSize()).isLessThan(1000);
      assertThat(part.getWatchId()).isEqualTo(3);
      assertThat(part.getHeader().getRevision()).isEqualTo(9);
      part.getEventsList().forEach(event -> keys.add(event.getKv().getKey().toStringUtf8()));
    }
    assertThat(keys).isEqualTo(events.stream().map(e -> e.event().kv().key().toUtf8()).toList());
  }

  @Test
  void anEventLargerThanTheLimitStandsAlone() throws IOException {
    List<WatchEvent> events = List.of(put("a", "v"), put("b", "v".repeat(5000)), put("c", "v"));
    List<WatchResponse> parts = responses(events(events, false, true), 1000);
    assertThat(parts).extracting(WatchResponse::getEventsCount).containsExactly(1, 1, 1);
  }

  @Test
  void aClientThatDoesNotTakePartsGetsOneMessage() throws IOException {
    List<WatchEvent> events = List.of(put("a", "v".repeat(5000)), put("b", "v".repeat(5000)));
    List<WatchResponse> parts = responses(events(events, false, false), 1000);
    assertThat(parts).hasSize(1);
    assertThat(parts.get(0).getFragment()).isFalse();
    assertThat(parts.get(0).getEventsCount()).isEqualTo(2);
  }
}
