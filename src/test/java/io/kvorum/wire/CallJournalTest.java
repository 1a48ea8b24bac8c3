package io.kvorum.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.Message;
import io.kvorum.audit.ApiMethods;
import io.kvorum.audit.AuditLevel;
import io.kvorum.audit.AuditLog;
import io.kvorum.audit.AuditPolicy;
import io.kvorum.audit.AuditRule;
import io.kvorum.model.Bytes;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.model.Result;
import io.kvorum.proto.etcdserverpb.AlarmRequest;
import io.kvorum.proto.etcdserverpb.Compare;
import io.kvorum.proto.etcdserverpb.DeleteRangeRequest;
import io.kvorum.proto.etcdserverpb.LeaseGrantRequest;
import io.kvorum.proto.etcdserverpb.MemberAddRequest;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.proto.etcdserverpb.RequestOp;
import io.kvorum.proto.etcdserverpb.TxnRequest;
import io.kvorum.proto.etcdserverpb.WatchCreateRequest;
import io.kvorum.proto.v3electionpb.LeaderRequest;
import io.kvorum.proto.v3lockpb.LockRequest;
import io.kvorum.service.Caller;
import io.kvorum.service.Journal;
import io.kvorum.support.Rotation;
import io.kvorum.tls.TestAuthority;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CallJournalTest {
  private static final String SECRET = "S3CR3T";

  /** What names things; everything else that is text or bytes is secret here. */
  private static final Set<String> NAMES =
      Set.of("key", "range_end", "name", "user", "role", "version", "roles", "keys");

  private static final Caller CALLER =
      Caller.of(
              InetSocketAddress.createUnresolved("10.0.0.7", 41230), false, null, Caller.Face.GRPC)
          .withToken(SECRET);

  @TempDir private Path directory;

  private List<JsonObject> lines(AuditPolicy policy, Consumer<CallJournal> calls)
      throws IOException {
    return text(policy, calls)
        .lines()
        .map(line -> JsonParser.parseString(line).getAsJsonObject())
        .toList();
  }

  private String text(AuditPolicy policy, Consumer<CallJournal> calls) throws IOException {
    return text(policy, caller -> Objects.requireNonNullElse(caller.commonName(), ""), calls);
  }

  private String text(
      AuditPolicy policy, Function<Caller, String> users, Consumer<CallJournal> calls)
      throws IOException {
    Path file = Files.createTempFile(directory, "audit", ".log");
    try (AuditLog log = AuditLog.open(file, new Rotation(1 << 30, 0, Duration.ZERO))) {
      calls.accept(new CallJournal(policy, log, users, Clock.systemUTC()));
    }
    return Files.readString(file);
  }

  private static AuditPolicy allAt(AuditLevel level) {
    return new AuditPolicy(List.of(new AuditRule(level, Set.of(), Set.of(), List.of())));
  }

  private JsonObject line(AuditLevel level, Message request) throws IOException {
    List<JsonObject> lines =
        lines(
            allAt(level),
            journal ->
                journal
                    .begin(CALLER, request, Journal.Kind.ANSWER)
                    .ended(new Result.Compact(7), null));
    assertThat(lines).hasSize(1);
    return lines.get(0);
  }

  private static ByteString utf8(String text) {
    return ByteString.copyFromUtf8(text);
  }

  private static List<ServiceDescriptor> services() {
    List<FileDescriptor> files =
        List.of(
            PutRequest.getDescriptor().getFile(),
            LockRequest.getDescriptor().getFile(),
            LeaderRequest.getDescriptor().getFile());
    return files.stream().flatMap(file -> file.getServices().stream()).toList();
  }

  /** With every field set, and nested messages to some depth. */
  private static DynamicMessage filled(Descriptor type, int depth) {
    DynamicMessage.Builder message = DynamicMessage.newBuilder(type);
    for (FieldDescriptor field : type.getFields()) {
      Object value = value(field, depth);
      if (value == null
          || field.getContainingOneof() != null && message.hasOneof(field.getContainingOneof())) {
        continue;
      }
      if (field.isRepeated()) {
        message.addRepeatedField(field, value);
      } else {
        message.setField(field, value);
      }
    }
    return message.build();
  }

  private static Object value(FieldDescriptor field, int depth) {
    boolean isName = NAMES.contains(field.getName());
    return switch (field.getJavaType()) {
      case STRING -> isName ? "name" : "http://u:" + SECRET + "@host:1";
      case BYTE_STRING -> utf8(isName ? "name" : SECRET);
      case MESSAGE -> depth == 0 ? null : filled(field.getMessageType(), depth - 1);
      case ENUM -> field.getEnumType().getValues().get(field.getEnumType().getValues().size() - 1);
      case BOOLEAN -> true;
      case INT -> 5;
      case LONG -> 5L;
      case FLOAT, DOUBLE -> throw new AssertionError("etcd has none");
    };
  }

  @Test
  void noValuePasswordHashOrTokenOfAnyRequestIsEverWritten() throws Exception {
    List<Message> requests = new ArrayList<>();
    for (ServiceDescriptor service : services()) {
      for (MethodDescriptor method : service.getMethods()) {
        requests.add(filled(method.getInputType(), 4));
      }
    }
    requests.add(filled(WatchCreateRequest.getDescriptor(), 4));
    // Each operation of a transaction by itself: in the messages above, only the first is set.
    for (FieldDescriptor operation : RequestOp.getDescriptor().getFields()) {
      DynamicMessage.Builder op = DynamicMessage.newBuilder(RequestOp.getDescriptor());
      op.setField(operation, filled(operation.getMessageType(), 3));
      requests.add(
          TxnRequest.newBuilder()
              .addSuccess(RequestOp.parseFrom(op.build().toByteString()))
              .build());
    }
    requests.add(
        TxnRequest.newBuilder()
            .addCompare(Compare.newBuilder().setKey(utf8("name")).setValue(utf8(SECRET)))
            .build());
    requests.add(PutRequest.newBuilder().setKey(utf8("name")).setValue(utf8(SECRET)).build());
    assertThat(requests).hasSizeGreaterThan(40);
    for (AuditLevel level : List.of(AuditLevel.METADATA, AuditLevel.REQUEST)) {
      String all =
          text(
              allAt(level),
              journal ->
                  requests.forEach(
                      request -> {
                        for (Journal.Kind kind : Journal.Kind.values()) {
                          journal.begin(CALLER, request, kind).ended(null, null);
                        }
                      }));
      assertThat(all.lines().count()).isEqualTo(3L * requests.size());
      byte[] secret = SECRET.getBytes(StandardCharsets.UTF_8);
      assertThat(all)
          .contains("name")
          .doesNotContain(SECRET)
          .doesNotContain(Base64.getEncoder().encodeToString(secret))
          .doesNotContain(HexFormat.of().formatHex(secret));
    }
  }

  @Test
  void everyMethodOfTheApiHasTheNameThatPoliciesUse() {
    Set<String> names = new TreeSet<>();
    for (ServiceDescriptor service : services()) {
      for (MethodDescriptor method : service.getMethods()) {
        Message request =
            method.getName().equals("Watch")
                ? WatchCreateRequest.getDefaultInstance()
                : DynamicMessage.getDefaultInstance(method.getInputType());
        boolean isStream = method.toProto().getServerStreaming();
        names.add(service.getName() + "/" + method.getName());
        if (!method.getName().equals("RangeStream") && !method.getName().equals("Observe")) {
          assertThat(
                  CallJournal.method(request, isStream ? Journal.Kind.STREAM : Journal.Kind.ANSWER))
              .isEqualTo(service.getName() + "/" + method.getName());
        }
      }
    }
    assertThat(CallJournal.method(RangeRequest.getDefaultInstance(), Journal.Kind.STREAM))
        .isEqualTo("KV/RangeStream");
    assertThat(CallJournal.method(LeaderRequest.getDefaultInstance(), Journal.Kind.STREAM))
        .isEqualTo("Election/Observe");
    assertThat(ApiMethods.all()).isEqualTo(names).allMatch(ApiMethods::isKnown);
    assertThat(ApiMethods.isKnown("KV/*")).isTrue();
    assertThat(List.of("KV", "KV/", "KV/put", "Put", "Kv/*", "")).noneMatch(ApiMethods::isKnown);
  }

  @Test
  void theMetadataSaysWhoDidWhatToWhichKeysWithWhichResult() throws Exception {
    JsonObject put =
        line(
            AuditLevel.METADATA,
            PutRequest.newBuilder().setKey(utf8("a/ü")).setLease(0x123abcL).build());
    assertThat(put.remove("time").getAsString()).endsWith("Z");
    assertThat(put.remove("id").getAsString()).matches("[0-9a-f]{8}-1");
    assertThat(put.remove("micros").getAsLong()).isNotNegative();
    assertThat(put)
        .hasToString(
            "{\"stage\":\"complete\",\"level\":\"Metadata\",\"remote\":\"10.0.0.7:41230\","
                + "\"secured\":false,\"face\":\"grpc\",\"method\":\"KV/Put\","
                + "\"keys\":[{\"key\":\"a/ü\"}],\"lease\":\"123abc\",\"code\":\"OK\","
                + "\"revision\":7}");
  }

  @Test
  void theUserIsNamedAndDecidesAboutTheRule() throws Exception {
    AuditPolicy ofAl =
        new AuditPolicy(
            List.of(new AuditRule(AuditLevel.METADATA, Set.of("al"), Set.of(), List.of())));
    PutRequest put = PutRequest.newBuilder().setKey(utf8("k")).build();
    Consumer<CallJournal> call =
        journal -> journal.begin(CALLER, put, Journal.Kind.ANSWER).ended(null, null);
    assertThat(text(ofAl, caller -> "al", call)).contains("\"user\":\"al\"");
    assertThat(text(ofAl, caller -> "bo", call)).isEmpty();
  }

  @Test
  void keysThatAreNoTextAreWrittenInBase64() throws Exception {
    JsonObject delete =
        line(
            AuditLevel.METADATA,
            DeleteRangeRequest.newBuilder()
                .setKey(ByteString.copyFrom(new byte[] {(byte) 0xff, 1}))
                .setRangeEnd(ByteString.copyFrom(new byte[] {0}))
                .build());
    assertThat(delete.get("keys"))
        .hasToString("[{\"keyBase64\":\"/wE=\",\"rangeEndBase64\":\"AA==\"}]");
    assertThat(
            line(AuditLevel.METADATA, PutRequest.newBuilder().setKey(utf8("a\nb")).build())
                .get("keys"))
        .hasToString("[{\"keyBase64\":\"YQpi\"}]");
  }

  @Test
  void theKeysOfATransactionAreThoseOfAllItsParts() throws Exception {
    TxnRequest inner =
        TxnRequest.newBuilder()
            .addFailure(
                RequestOp.newBuilder()
                    .setRequestDeleteRange(
                        DeleteRangeRequest.newBuilder().setKey(utf8("d")).setRangeEnd(utf8("e"))))
            .build();
    TxnRequest txn =
        TxnRequest.newBuilder()
            .addCompare(Compare.newBuilder().setKey(utf8("c")).setValue(utf8(SECRET)))
            .addSuccess(
                RequestOp.newBuilder()
                    .setRequestPut(
                        PutRequest.newBuilder().setKey(utf8("p")).setValue(utf8(SECRET))))
            .addSuccess(RequestOp.newBuilder().setRequestTxn(inner))
            .build();
    JsonObject line = line(AuditLevel.REQUEST, txn);
    assertThat(line.get("keys"))
        .hasToString(
            "[{\"op\":\"compare\",\"key\":\"c\"},{\"op\":\"put\",\"key\":\"p\"},"
                + "{\"op\":\"delete\",\"key\":\"d\",\"rangeEnd\":\"e\"}]");
    assertThat(line.get("request"))
        .hasToString(
            "{\"compare\":[{\"key\":\"c\"}],\"success\":[{\"requestPut\":{\"key\":\"p\"}},"
                + "{\"requestTxn\":{\"failure\":[{\"requestDeleteRange\":{\"key\":\"d\","
                + "\"rangeEnd\":\"e\"}}]}}]}");
  }

  @Test
  void leasesMembersAndNamesOfLocksAreTargets() throws Exception {
    assertThat(
            line(AuditLevel.METADATA, LeaseGrantRequest.newBuilder().setID(255).build())
                .get("lease")
                .getAsString())
        .isEqualTo("ff");
    assertThat(
            line(AuditLevel.METADATA, AlarmRequest.newBuilder().setMemberID(254).build())
                .get("member")
                .getAsString())
        .isEqualTo("fe");
    assertThat(
            line(AuditLevel.METADATA, LockRequest.newBuilder().setName(utf8("l")).build())
                .get("keys"))
        .hasToString("[{\"key\":\"l/\",\"rangeEnd\":\"l0\"}]");
    assertThat(
            line(
                    AuditLevel.REQUEST,
                    MemberAddRequest.newBuilder().addPeerURLs("http://u:p@host:1").build())
                .get("request"))
        .hasToString("{\"peerURLs\":[\"http://host:1\"]}");
  }

  @Test
  void aStreamLeavesALineWhenItBeginsAndOneWhenItHasEnded() throws Exception {
    List<JsonObject> lines =
        lines(
            AuditPolicy.metadataOfAll(),
            journal ->
                journal
                    .begin(
                        CALLER,
                        WatchCreateRequest.newBuilder().setKey(utf8("w")).build(),
                        Journal.Kind.STREAM)
                    .ended(null, new RequestException(ErrorCode.COMPACTED)));
    assertThat(lines).hasSize(2);
    assertThat(lines.get(0).get("id")).isEqualTo(lines.get(1).get("id"));
    assertThat(lines.get(0).get("stage").getAsString()).isEqualTo("started");
    assertThat(lines.get(0).has("code")).isFalse();
    assertThat(lines.get(1).get("stage").getAsString()).isEqualTo("ended");
    assertThat(lines.get(1).get("code").getAsString()).isEqualTo("OUT_OF_RANGE");
    assertThat(lines.get(1).get("error").getAsString())
        .isEqualTo("etcdserver: mvcc: required revision has been compacted");
  }

  @Test
  void anUnexpectedFailureIsWrittenWithoutItsWords() throws Exception {
    List<JsonObject> lines =
        lines(
            AuditPolicy.metadataOfAll(),
            journal ->
                journal
                    .begin(CALLER, PutRequest.getDefaultInstance(), Journal.Kind.ANSWER)
                    .ended(null, new IllegalStateException(SECRET)));
    assertThat(lines.get(0).get("code").getAsString()).isEqualTo("UNKNOWN");
    assertThat(lines.get(0)).asString().doesNotContain(SECRET);
  }

  @Test
  void theUserOfAPolicyIsTheNameInTheCertificate() throws Exception {
    TestAuthority.Identity alice = new TestAuthority("ca").client("alice");
    Caller secured =
        Caller.of(
            new InetSocketAddress("127.0.0.1", 4), true, alice.certificate(), Caller.Face.JSON);
    AuditPolicy policy =
        new AuditPolicy(
            List.of(
                new AuditRule(
                    AuditLevel.METADATA, Set.of("alice"), Set.of(), List.of(Bytes.utf8("a/")))));
    List<JsonObject> lines =
        lines(
            policy,
            journal -> {
              for (Caller caller : List.of(CALLER, secured)) {
                for (String key : List.of("a/1", "b/1")) {
                  journal
                      .begin(
                          caller,
                          PutRequest.newBuilder().setKey(utf8(key)).build(),
                          Journal.Kind.ANSWER)
                      .ended(null, null);
                }
              }
            });
    assertThat(lines).hasSize(1);
    assertThat(lines.get(0).get("certificate"))
        .hasToString(
            "{\"commonName\":\"alice\",\"subject\":\"CN=alice\",\"serial\":\""
                + alice.certificate().getSerialNumber().toString(16)
                + "\"}");
    assertThat(lines.get(0).get("secured").getAsBoolean()).isTrue();
    assertThat(lines.get(0).get("face").getAsString()).isEqualTo("json");
  }
}
