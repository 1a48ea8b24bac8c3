package io.kvorum.load;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** Encodes requests as bodies of the JSON gateway. Immutable. */
final class JsonRequests implements RequestEncoder {

  private static final int LEAST_PUT_ANSWER = 20;

  private final Keys keys;

  JsonRequests(Keys keys) {
    this.keys = keys;
  }

  @Override
  public Request put(int number, byte[] value) {
    return new Request(
        Operation.PUT,
        body("{\"key\":\"" + key(number) + "\",\"value\":\"" + base64(value) + "\"}"),
        LEAST_PUT_ANSWER);
  }

  @Override
  public Request get(int number, boolean serializable) {
    String tail = serializable ? "\",\"serializable\":true}" : "\"}";
    return new Request(
        Operation.RANGE,
        body("{\"key\":\"" + key(number) + tail),
        base64Size(keys.keySize()) + base64Size(keys.valueSize()));
  }

  @Override
  public Request range(int from, int length) {
    return new Request(
        Operation.RANGE,
        body("{\"key\":\"" + key(from) + "\",\"range_end\":\"" + key(from + length) + "\"}"),
        length * (base64Size(keys.keySize()) + base64Size(keys.valueSize())));
  }

  @Override
  public Request txn(int number, byte[] value) {
    String key = key(number);
    String put =
        "[{\"request_put\":{\"key\":\"" + key + "\",\"value\":\"" + base64(value) + "\"}}]";
    return new Request(
        Operation.TXN,
        body(
            "{\"compare\":[{\"key\":\""
                + key
                + "\",\"target\":\"VERSION\",\"result\":\"GREATER\",\"version\":\"0\"}],"
                + "\"success\":"
                + put
                + ",\"failure\":"
                + put
                + "}"),
        LEAST_PUT_ANSWER);
  }

  private String key(int number) {
    return base64(keys.key(number));
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  private static int base64Size(int bytes) {
    return (bytes + 2) / 3 * 4;
  }

  private static byte[] body(String json) {
    return json.getBytes(StandardCharsets.ISO_8859_1);
  }
}
