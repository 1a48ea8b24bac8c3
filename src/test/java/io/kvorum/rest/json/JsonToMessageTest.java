package io.kvorum.rest.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.kvorum.proto.etcdserverpb.AlarmRequest;
import io.kvorum.proto.etcdserverpb.AlarmType;
import io.kvorum.proto.etcdserverpb.AuthenticateRequest;
import io.kvorum.proto.etcdserverpb.Compare;
import io.kvorum.proto.etcdserverpb.HashKVResponse;
import io.kvorum.proto.etcdserverpb.LeaseGrantRequest;
import io.kvorum.proto.etcdserverpb.MemberAddRequest;
import io.kvorum.proto.etcdserverpb.MemberRemoveRequest;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.proto.etcdserverpb.TxnRequest;
import io.kvorum.proto.etcdserverpb.WatchCreateRequest;
import io.kvorum.proto.etcdserverpb.WatchRequest;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonToMessageTest {
  private static <B extends Message.Builder> B read(String json, B builder) {
    return JsonToMessage.read(json.getBytes(StandardCharsets.UTF_8), builder);
  }

  private static RangeRequest range(String json) {
    return read(json, RangeRequest.newBuilder()).build();
  }

  private static void refuses(String json, Message.Builder builder, String message) {
    assertThatExceptionOfType(MalformedJsonException.class)
        .isThrownBy(() -> read(json, builder))
        .withMessage(message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "  \n", "{}", " { } ", "{} trailing words", "{\"key\":null}"})
  void textWithoutFieldsIsAnEmptyMessage(String json) {
    assertThat(range(json)).isEqualTo(RangeRequest.getDefaultInstance());
  }

  @Test
  void namesMayBeProtoNamesOrLowerCamelCase() {
    assertThat(range("{\"range_end\":\"Zm9w\",\"sortTarget\":\"MOD\",\"keys_only\":true}"))
        .isEqualTo(range("{\"rangeEnd\":\"Zm9w\",\"sort_target\":3,\"keysOnly\":true}"))
        .isEqualTo(
            RangeRequest.newBuilder()
                .setRangeEnd(ByteString.copyFromUtf8("fop"))
                .setSortTarget(RangeRequest.SortTarget.MOD)
                .setKeysOnly(true)
                .build());
  }

  @ParameterizedTest
  @CsvSource({"7,7", "\"7\",7", "7.0,7", "70e-1,7", "\"7e0\",7", "-1,-1", "0,0", "\"-0\",0"})
  void integersMayBeNumbersOrStrings(String value, long expected) {
    assertThat(range("{\"limit\":" + value + "}").getLimit()).isEqualTo(expected);
  }

  @Test
  void largeIntegersAreExact() {
    assertThat(read("{\"ID\":18446744073709551615}", MemberRemoveRequest.newBuilder()).getID())
        .isEqualTo(-1);
    assertThat(range("{\"revision\":\"-9223372036854775808\"}").getRevision())
        .isEqualTo(Long.MIN_VALUE);
    assertThat(read("{\"hash\":4294967295}", HashKVResponse.newBuilder()).getHash()).isEqualTo(-1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "9223372036854775808",
        "1.5",
        "\"\"",
        "\" 7\"",
        "\"0x7\"",
        "\"07\"",
        "\"+7\"",
        "true",
        "{}",
        "[7]",
        "1e99999999",
        "1e-500000000",
        "1e2147483648"
      })
  void whatIsNotA64BitIntegerIsRefused(String value) {
    assertThatExceptionOfType(MalformedJsonException.class)
        .isThrownBy(() -> range("{\"limit\":" + value + "}"))
        .withMessageStartingWith("proto: (line 1:10): invalid value for int64 field limit: ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"-1", "18446744073709551616", "0.5", "1e20", "1e-500000000", "-1e-500000000"})
  void whatIsNotAnUnsignedIntegerIsRefused(String value) {
    refuses(
        "{\"ID\":" + value + "}",
        MemberRemoveRequest.newBuilder(),
        "proto: (line 1:7): invalid value for uint64 field ID: " + value);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-_8A", "+/8A", "-_8", "+/8", "-_8=", "+\\/8=", "+\\n/8=", "\\u002b/8="})
  void bytesMayBeInEitherAlphabetPaddedOrNot(String base64) {
    byte[] expected = {(byte) 0xfb, (byte) 0xff};
    ByteString key = range("{\"key\":\"" + base64 + "\"}").getKey();
    assertThat(key.substring(0, 2).toByteArray()).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"!!!\"", "\"A\"", "\"Zg=\"", "\"a b\"", "7", "true", "\"-+8A\""})
  void whatIsNotBase64IsRefused(String value) {
    refuses(
        "{\"key\":" + value + "}",
        RangeRequest.newBuilder(),
        "proto: (line 1:8): invalid value for bytes field key: " + value);
  }

  @Test
  void enumsMayBeNamesOrNumbersAndUnknownNamesAreIgnored() {
    assertThat(read("{\"action\":1,\"alarm\":\"NOSPACE\"}", AlarmRequest.newBuilder()).getAlarm())
        .isEqualTo(AlarmType.NOSPACE);
    assertThat(read("{\"alarm\":9}", AlarmRequest.newBuilder()).getAlarmValue()).isEqualTo(9);
    assertThat(read("{\"alarm\":\"FIRE\"}", AlarmRequest.newBuilder()).build())
        .isEqualTo(AlarmRequest.getDefaultInstance());
    assertThat(
            read("{\"filters\":[\"NODELETE\",\"X\",0]}", WatchCreateRequest.newBuilder())
                .getFiltersList())
        .containsExactly(
            WatchCreateRequest.FilterType.NODELETE, WatchCreateRequest.FilterType.NOPUT);
  }

  @Test
  void unknownFieldsAreSkippedWhateverTheyHold() {
    assertThat(
            range(
                    "{\"x\":{\"a\":[1,{\"b\":null}],\"c\":\"}\"},\"y\":[],\"z\":-1.5e+3,"
                        + "\"w\":false,\"limit\":3}")
                .getLimit())
        .isEqualTo(3);
  }

  @Test
  void aWatchRequestNamesItsKindAsAField() {
    WatchRequest create =
        read(
                "{\"create_request\":{\"key\":\"Zm9v\",\"start_revision\":\"1\"}}",
                WatchRequest.newBuilder())
            .build();
    assertThat(create.getCreateRequest().getStartRevision()).isEqualTo(1);
    assertThat(read("{\"progress_request\":{}}", WatchRequest.newBuilder()).getRequestUnionCase())
        .isEqualTo(WatchRequest.RequestUnionCase.PROGRESS_REQUEST);
  }

  @Test
  void aTransactionIsReadWithAllThatIsNestedInIt() {
    TxnRequest txn =
        read(
                "{\"compare\":[{\"key\":\"Zm9v\",\"target\":\"VALUE\",\"result\":\"NOT_EQUAL\","
                    + "\"value\":\"YmFy\"}],\"success\":[{\"request_put\":{\"key\":\"Zm9v\"}},"
                    + "{\"requestTxn\":{\"failure\":[{\"request_range\":{\"key\":\"YQ==\"}}]}}]}",
                TxnRequest.newBuilder())
            .build();
    assertThat(txn.getCompare(0).getResult()).isEqualTo(Compare.CompareResult.NOT_EQUAL);
    assertThat(txn.getCompare(0).getValue().toStringUtf8()).isEqualTo("bar");
    assertThat(txn.getSuccess(0).getRequestPut().getKey().toStringUtf8()).isEqualTo("foo");
    assertThat(
            txn.getSuccess(1)
                .getRequestTxn()
                .getFailure(0)
                .getRequestRange()
                .getKey()
                .toStringUtf8())
        .isEqualTo("a");
  }

  @Test
  void textsAreUnescaped() {
    assertThat(
            read(
                    "{\"name\":\"\\u00fc\\ud83d\\ude00\\\"\\\\\\/\\b\\f\\n\\r\\tü\"}",
                    AuthenticateRequest.newBuilder())
                .getName())
        .isEqualTo("ü😀\"\\/\b\f\n\r\tü");
    assertThat(
            read("{\"peerURLs\":[\"http://a\",\"http://b\"]}", MemberAddRequest.newBuilder())
                .getPeerURLsList())
        .containsExactly("http://a", "http://b");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{bad|invalid character 'b' looking for beginning of object key string",
        "{\"key\"|unexpected EOF",
        "{\"key\":|unexpected EOF",
        "{\"key\":\"Zm9v|unexpected EOF",
        "{\"key\" \"Zm9v\"}|invalid character '\"' after object key",
        "{\"key\":\"Zm9v\" x|invalid character 'x' after object key:value pair",
        "{\"key\":\"Zm9v\",}|invalid character '}' looking for beginning of object key string",
        "{\"limit\":tru}|invalid character '}' in literal true (expecting 'e')",
        "{\"limit\":-}|invalid character '}' in numeric literal",
        "{\"limit\":1.}|invalid character '}' after decimal point in numeric literal",
        "{\"limit\":1ex}|invalid character 'x' in exponent of numeric literal",
        "{\"limit\":01}|invalid character '1' after object key:value pair",
        "{\"x\":[1 2]}|invalid character '2' after array element",
        "{\"x\":'a'}|invalid character '\\'' looking for beginning of value",
        "{\"x\":\"\\q\"}|invalid character 'q' in string escape code",
        "{\"x\":\"\\u00g0\"}|invalid character 'g' in \\u hexadecimal character escape",
        "hello|invalid character 'h' looking for beginning of value",
        "ü|invalid character 'Ã' looking for beginning of value",
        "7|proto: syntax error (line 1:1): unexpected token 7",
        "null|proto: syntax error (line 1:1): unexpected token null",
        "[]|proto: syntax error (line 1:1): unexpected token [",
        "{\"key\":\"YQ\",\"key\":\"YQ\"}|proto: (line 1:13): duplicate field \"key\"",
        "{\"range_end\":\"YQ\",\"rangeEnd\":\"YQ\"}|proto: (line 1:19): duplicate field \"rangeEnd\"",
        "{\"serializable\":\"true\"}|proto: (line 1:17): invalid value for bool field"
            + " serializable: \"true\"",
        "{\"limit\":[]}|proto: (line 1:10): invalid value for int64 field limit: [",
        "  {\"limit\":[]}|proto: (line 1:10): invalid value for int64 field limit: [",
        "{\"limit\":[],}|invalid character '}' looking for beginning of object key string",
        "{\"limit\":true,\"key\":\"\\q\"}|invalid character 'q' in string escape code",
      })
  void malformedTextIsRefusedInTheWordsOfGo(String json, String message) {
    refuses(json, RangeRequest.newBuilder(), message);
  }

  @Test
  void theSecondFieldOfAOneofIsRefused() {
    refuses(
        "{\"version\":\"1\",\n \"lease\":\"2\"}",
        Compare.newBuilder(),
        "proto: (line 2:2): error parsing \"lease\", oneof etcdserverpb.Compare.target_union is"
            + " already set");
  }

  @Test
  void aLoneSurrogateIsRefused() {
    assertThatExceptionOfType(MalformedJsonException.class)
        .isThrownBy(() -> read("{\"name\":\"\\ud800\"}", AuthenticateRequest.newBuilder()));
  }

  @Test
  void bytesThatAreNotUtf8AreRefusedInText() {
    byte[] json = "{\"name\":\"?\"}".getBytes(StandardCharsets.UTF_8);
    json[9] = (byte) 0xff;
    assertThatExceptionOfType(MalformedJsonException.class)
        .isThrownBy(() -> JsonToMessage.read(json, AuthenticateRequest.newBuilder()));
  }

  @Test
  void nestingIsLimitedBeforeItOverflowsTheStack() {
    String txns = "{\"success\":[{\"request_txn\":".repeat(60) + "{}" + "}]}".repeat(60);
    refuses(txns, TxnRequest.newBuilder(), "exceeded max recursion depth");
    refuses("{\"x\":" + "[".repeat(100_000), RangeRequest.newBuilder(), "exceeded max depth");
  }

  @Test
  void aPutIsRead() {
    assertThat(
            read(
                    "{\"key\":\"Zm9v\",\"value\":\"YmFy\",\"lease\":\"5\",\"prev_kv\":true}",
                    PutRequest.newBuilder())
                .build())
        .isEqualTo(
            PutRequest.newBuilder()
                .setKey(ByteString.copyFromUtf8("foo"))
                .setValue(ByteString.copyFromUtf8("bar"))
                .setLease(5)
                .setPrevKv(true)
                .build());
    assertThat(read("{\"TTL\":\"60\",\"ID\":0}", LeaseGrantRequest.newBuilder()).getTTL())
        .isEqualTo(60);
  }
}
