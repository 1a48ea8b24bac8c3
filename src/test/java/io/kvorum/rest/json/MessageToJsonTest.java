package io.kvorum.rest.json;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.kvorum.proto.authpb.Permission;
import io.kvorum.proto.etcdserverpb.AlarmMember;
import io.kvorum.proto.etcdserverpb.AlarmResponse;
import io.kvorum.proto.etcdserverpb.AlarmType;
import io.kvorum.proto.etcdserverpb.Compare;
import io.kvorum.proto.etcdserverpb.HashKVResponse;
import io.kvorum.proto.etcdserverpb.LeaseGrantResponse;
import io.kvorum.proto.etcdserverpb.LeaseTimeToLiveResponse;
import io.kvorum.proto.etcdserverpb.Member;
import io.kvorum.proto.etcdserverpb.MemberListResponse;
import io.kvorum.proto.etcdserverpb.PutResponse;
import io.kvorum.proto.etcdserverpb.RangeResponse;
import io.kvorum.proto.etcdserverpb.ResponseHeader;
import io.kvorum.proto.etcdserverpb.ResponseOp;
import io.kvorum.proto.etcdserverpb.StatusResponse;
import io.kvorum.proto.etcdserverpb.TxnResponse;
import io.kvorum.proto.etcdserverpb.WatchCreateRequest;
import io.kvorum.proto.etcdserverpb.WatchResponse;
import io.kvorum.proto.mvccpb.Event;
import io.kvorum.proto.mvccpb.KeyValue;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** The texts are what an etcd 3.4.23 sent for the same requests, where it agrees with 3.7. */
class MessageToJsonTest {
  private static final ResponseHeader HEADER =
      ResponseHeader.newBuilder()
          .setClusterId(Long.parseUnsignedLong("10144879847569953045"))
          .setMemberId(Long.parseUnsignedLong("12428976124636271536"))
          .setRevision(2)
          .setRaftTerm(2)
          .build();

  private static final KeyValue FOO =
      KeyValue.newBuilder()
          .setKey(ByteString.copyFromUtf8("foo"))
          .setCreateRevision(2)
          .setModRevision(2)
          .setVersion(1)
          .setValue(ByteString.copyFromUtf8("bar"))
          .build();

  private static final String HEADER_JSON =
      "{\"cluster_id\":\"10144879847569953045\",\"member_id\":\"12428976124636271536\","
          + "\"revision\":\"2\",\"raft_term\":\"2\"}";

  private static final String FOO_JSON =
      "{\"key\":\"Zm9v\",\"create_revision\":\"2\",\"mod_revision\":\"2\",\"version\":\"1\","
          + "\"value\":\"YmFy\"}";

  private static String json(Message message) {
    return new String(MessageToJson.write(message), StandardCharsets.UTF_8);
  }

  @Test
  void aPutAnswersWithNothingButItsHeader() {
    assertThat(json(PutResponse.newBuilder().setHeader(HEADER).build()))
        .isEqualTo("{\"header\":" + HEADER_JSON + "}");
  }

  @Test
  void aRangeShowsNumbersOf64BitsAsStringsAndBytesAsBase64() {
    assertThat(json(RangeResponse.newBuilder().setHeader(HEADER).addKvs(FOO).setCount(1).build()))
        .isEqualTo("{\"header\":" + HEADER_JSON + ",\"kvs\":[" + FOO_JSON + "],\"count\":\"1\"}");
  }

  @Test
  void severalKeysAreSeparatedAndFollowedByTheOtherFields() {
    assertThat(json(RangeResponse.newBuilder().addKvs(FOO).addKvs(FOO).setMore(true).build()))
        .isEqualTo("{\"kvs\":[" + FOO_JSON + "," + FOO_JSON + "],\"more\":true}");
  }

  @Test
  void theAnswersInsideATransactionCarryTheirKindAsAField() {
    ResponseOp range =
        ResponseOp.newBuilder()
            .setResponseRange(
                RangeResponse.newBuilder()
                    .setHeader(ResponseHeader.newBuilder().setRevision(2))
                    .addKvs(FOO)
                    .setCount(1))
            .build();
    assertThat(
            json(
                TxnResponse.newBuilder()
                    .setHeader(HEADER)
                    .setSucceeded(true)
                    .addResponses(range)
                    .build()))
        .isEqualTo(
            "{\"header\":"
                + HEADER_JSON
                + ",\"succeeded\":true,\"responses\":[{\"response_range\":{\"header\":"
                + "{\"revision\":\"2\"},\"kvs\":["
                + FOO_JSON
                + "],\"count\":\"1\"}}]}");
  }

  @Test
  void anEventOfAPutHasNoTypeAndThatOfADeletionHas() {
    Event deletion =
        Event.newBuilder()
            .setType(Event.EventType.DELETE)
            .setKv(KeyValue.newBuilder().setKey(ByteString.copyFromUtf8("foo")).setModRevision(3))
            .setPrevKv(FOO)
            .build();
    assertThat(
            json(
                WatchResponse.newBuilder()
                    .setHeader(HEADER)
                    .addEvents(Event.newBuilder().setKv(FOO))
                    .addEvents(deletion)
                    .build()))
        .isEqualTo(
            "{\"header\":"
                + HEADER_JSON
                + ",\"events\":[{\"kv\":"
                + FOO_JSON
                + "},{\"type\":\"DELETE\",\"kv\":{\"key\":\"Zm9v\",\"mod_revision\":\"3\"},"
                + "\"prev_kv\":"
                + FOO_JSON
                + "}]}");
  }

  @Test
  void aProgressNoteForNoWatcherShowsTheNegativeId() {
    assertThat(json(WatchResponse.newBuilder().setHeader(HEADER).setWatchId(-1).build()))
        .isEqualTo("{\"header\":" + HEADER_JSON + ",\"watch_id\":\"-1\"}");
  }

  @Test
  void namesAreThoseOfTheDeclaration() {
    assertThat(
            json(
                MemberListResponse.newBuilder()
                    .addMembers(
                        Member.newBuilder()
                            .setID(Long.parseUnsignedLong("12428976124636271536"))
                            .setName("t")
                            .addPeerURLs("http://127.0.0.1:23791")
                            .addClientURLs("http://127.0.0.1:23790")
                            .addClientURLs("http://h/?a=<b>&c='d'"))
                    .build()))
        .isEqualTo(
            "{\"members\":[{\"ID\":\"12428976124636271536\",\"name\":\"t\",\"peerURLs\":"
                + "[\"http://127.0.0.1:23791\"],\"clientURLs\":[\"http://127.0.0.1:23790\","
                + "\"http://h/?a=<b>&c='d'\"]}]}");
    assertThat(json(LeaseGrantResponse.newBuilder().setID(7).setTTL(60).build()))
        .isEqualTo("{\"ID\":\"7\",\"TTL\":\"60\"}");
    assertThat(
            json(
                StatusResponse.newBuilder()
                    .setVersion("3.7.1")
                    .setDbSize(20480)
                    .setIsLearner(true)
                    .addErrors("etcdserver: no leader")
                    .build()))
        .isEqualTo(
            "{\"version\":\"3.7.1\",\"dbSize\":\"20480\",\"errors\":[\"etcdserver: no leader\"],"
                + "\"isLearner\":true}");
  }

  @Test
  void numbersOf32BitsAreNumbersAndUnsignedOnesStayPositive() {
    assertThat(json(HashKVResponse.newBuilder().setHash(-2).setCompactRevision(-1).build()))
        .isEqualTo("{\"hash\":4294967294,\"compact_revision\":\"-1\"}");
  }

  @Test
  void enumsAreNamesAndUnknownOnesNumbers() {
    assertThat(
            json(
                AlarmResponse.newBuilder()
                    .addAlarms(AlarmMember.newBuilder().setMemberID(77).setAlarm(AlarmType.NOSPACE))
                    .addAlarms(AlarmMember.newBuilder().setAlarmValue(9))
                    .build()))
        .isEqualTo("{\"alarms\":[{\"memberID\":\"77\",\"alarm\":\"NOSPACE\"},{\"alarm\":9}]}");
    assertThat(json(Permission.newBuilder().setPermTypeValue(2).build()))
        .isEqualTo("{\"permType\":\"READWRITE\"}");
  }

  @Test
  void packedFieldsAndRepeatedBytesAreArrays() {
    assertThat(
            json(
                WatchCreateRequest.newBuilder()
                    .addFilters(WatchCreateRequest.FilterType.NOPUT)
                    .addFilters(WatchCreateRequest.FilterType.NODELETE)
                    .setPrevKv(true)
                    .build()))
        .isEqualTo("{\"filters\":[\"NOPUT\",\"NODELETE\"],\"prev_kv\":true}");
    assertThat(
            json(
                LeaseTimeToLiveResponse.newBuilder()
                    .addKeys(ByteString.copyFromUtf8("a"))
                    .addKeys(ByteString.EMPTY)
                    .build()))
        .isEqualTo("{\"keys\":[\"YQ==\",\"\"]}");
  }

  @Test
  void aFieldOfAOneofIsShownEvenIfItIsZero() {
    assertThat(json(Compare.newBuilder().setVersion(0).build())).isEqualTo("{\"version\":\"0\"}");
  }

  @Test
  void textIsEscapedAsFarAsJsonDemands() {
    assertThat(json(WatchResponse.newBuilder().setCancelReason("\"a\\b\"\n\u0001ü<>&=").build()))
        .isEqualTo("{\"cancel_reason\":\"\\\"a\\\\b\\\"\\n\\u0001ü<>&=\"}");
  }

  @Test
  void anEmptyMessageIsAnEmptyObject() {
    assertThat(json(PutResponse.getDefaultInstance())).isEqualTo("{}");
  }
}
