package io.kvorum.load;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The header block of a gRPC request, HPACK encoded (RFC 7541) as real clients do it: what repeats
 * is put into the dynamic table by the first request and is one byte each from then on. Confined to
 * the event loop of its connection.
 */
final class RequestHeaders {

  /** {@code :method: POST} and {@code :scheme: http} of the static table, indexed. */
  private static final byte[] POST_HTTP = {(byte) 0x83, (byte) 0x86};

  private static final int FIRST_DYNAMIC_INDEX = 62;
  private static final int STATIC_AUTHORITY = 1;
  private static final int STATIC_PATH = 4;
  private static final int STATIC_CONTENT_TYPE = 31;
  private static final int STATIC_USER_AGENT = 58;

  /** Lengths above that need more than the seven bits of their first byte. */
  private static final int SEVEN_BITS = 127;

  private final String authority;
  private final @Nullable String token;

  /** The newest entry last; its index is then 62. */
  private final List<String> table = new ArrayList<>();

  private final Map<Operation, byte[]> blocks = new EnumMap<>(Operation.class);

  RequestHeaders(String authority, @Nullable String token) {
    this.authority = authority;
    this.token = token;
  }

  /** The block for the next request; requests must be sent in the order of these calls. */
  byte[] next(Operation operation) {
    byte[] known = blocks.get(operation);
    if (known != null) {
      return known;
    }
    int before = table.size();
    byte[] block = encode(operation);
    if (table.size() == before) {
      blocks.put(operation, block);
    } else {
      blocks.clear();
    }
    return block;
  }

  private byte[] encode(Operation operation) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(POST_HTTP);
    write(out, STATIC_AUTHORITY, ":authority", authority);
    // All pseudo-header fields come before the regular ones.
    write(out, STATIC_PATH, ":path", operation.grpcPath());
    write(out, STATIC_CONTENT_TYPE, "content-type", "application/grpc");
    write(out, 0, "te", "trailers");
    write(out, STATIC_USER_AGENT, "user-agent", "grpc-kvorum-load/1.0");
    if (token != null) {
      write(out, 0, "token", token);
    }
    return out.toByteArray();
  }

  private void write(ByteArrayOutputStream out, int staticName, String name, String value) {
    int position = table.lastIndexOf(name + "=" + value);
    if (position >= 0) {
      out.write(0x80 | (FIRST_DYNAMIC_INDEX + table.size() - 1 - position));
      return;
    }
    out.write(0x40 | staticName);
    if (staticName == 0) {
      writeString(out, name);
    }
    writeString(out, value);
    table.add(name + "=" + value);
  }

  private static void writeString(ByteArrayOutputStream out, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    int more = bytes.length - SEVEN_BITS;
    out.write(Math.min(bytes.length, SEVEN_BITS));
    while (more >= 0) {
      out.write(more < 0x80 ? more : more & 0x7f | 0x80);
      more = more < 0x80 ? -1 : more >> 7;
    }
    out.writeBytes(bytes);
  }
}
