package io.kvorum.attack;

import io.kvorum.differential.SampleCall;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** The bytes of one connection, of a kind that is nearly right. Stateless. */
enum BadInput {
  /** The bytes of requests, mutated anywhere. */
  HTTP1_REQUESTS {
    @Override
    byte[] bytes(Noise noise) {
      byte[] requests = new byte[0];
      for (int i = noise.number(3); i >= 0; i--) {
        requests = Noise.joined(requests, http(noise, noise.call(), noise.token()));
      }
      return noise.oneIn(20) ? noise.bytes(3_000) : noise.mutated(requests);
    }
  },
  /** Bodies that are nearly JSON, in requests that are right. */
  JSON_BODIES {
    @Override
    byte[] bytes(Noise noise) {
      SampleCall call = noise.call();
      String json = noise.oneIn(3) ? noise.withOddNumber(call.json()) : call.json();
      byte[] body = json.getBytes(StandardCharsets.UTF_8);
      if (noise.oneIn(2)) {
        body = noise.mutated(body);
      }
      return post(noise.oneOf(call.path(), "/v3/watch", "/v3/lease/keepalive"), noise, body);
    }
  },
  /** A handshake, or nearly, and frames behind it. */
  WEBSOCKET_FRAMES {
    @Override
    byte[] bytes(Noise noise) {
      byte[] handshake =
          ("GET "
                  + noise.oneOf("/v3/watch", "/v3/lease/keepalive", "/v3/kv/range", "/v3/none")
                  + " HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                  + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                  + "Sec-WebSocket-Protocol: Bearer, "
                  + noise.token()
                  + "\r\n\r\n")
              .getBytes(StandardCharsets.ISO_8859_1);
      byte[] frames = new byte[0];
      for (int i = noise.number(4); i >= 0; i--) {
        frames = Noise.joined(frames, websocketFrame(noise));
      }
      return Noise.joined(
          noise.oneIn(5) ? noise.mutated(handshake) : handshake,
          noise.oneIn(3) ? frames : noise.mutated(frames));
    }
  },
  /** Frames of any type, with any flags and content, on any stream. */
  HTTP2_FRAMES {
    @Override
    byte[] bytes(Noise noise) {
      byte[] begin = begin();
      for (int i = noise.number(8); i >= 0; i--) {
        byte[] payload =
            noise.oneOf(
                noise.bytes(40),
                RawClient.headers(noise.call().method()),
                noise.mutated(RawClient.headers(noise.call().method())),
                ByteBuffer.allocate(4).putInt(noise.number(1 << 20)).array(),
                noise.bytes(17_000));
        begin =
            Noise.joined(
                begin,
                RawClient.frameOf(
                    noise.number(12), noise.number(256), noise.oneOf(0, 1, 3, 2, -1), payload));
      }
      return noise.oneIn(4) ? noise.mutated(begin) : begin;
    }
  },
  /** Calls whose frames are right, and whose messages nearly are. */
  GRPC_MESSAGES {
    @Override
    byte[] bytes(Noise noise) {
      byte[] all = begin();
      int stream = 1;
      for (int i = noise.number(5); i >= 0; i--) {
        SampleCall call = noise.call();
        byte[] message = RawClient.message(noise.oneIn(20), noise.mutated(call.message()));
        if (noise.oneIn(8)) {
          message[1 + noise.number(4)] ^= (byte) (1 << noise.number(8));
        }
        all = Noise.joined(all, grpc(stream, call.method(), noise.token(), message));
        stream += 2;
      }
      return all;
    }
  },
  /** Calls that are right, with tokens that nearly are. */
  TOKENS {
    @Override
    byte[] bytes(Noise noise) {
      SampleCall call = noise.call();
      byte[] token = noise.mutated(noise.token().getBytes(StandardCharsets.ISO_8859_1));
      String text = new String(token, StandardCharsets.ISO_8859_1).replaceAll("[\r\n]", "");
      return noise.oneIn(2)
          ? http(noise, call, text)
          : Noise.joined(
              begin(), grpc(1, call.method(), text, RawClient.message(false, call.message())));
    }
  };

  private static final int TEXT = 1;
  private static final int MASKED = 0x80;

  abstract byte[] bytes(Noise noise);

  private static byte[] begin() {
    return Noise.joined(
        RawClient.PREFACE, RawClient.frameOf(RawClient.SETTINGS, 0, 0, new byte[0]));
  }

  private static byte[] grpc(int stream, String method, String token, byte[] message) {
    ByteArrayOutputStream headers = new ByteArrayOutputStream();
    headers.writeBytes(RawClient.headers(method));
    RawClient.literal(headers, "token", token);
    return Noise.joined(
        RawClient.frameOf(RawClient.HEADERS, RawClient.END_HEADERS, stream, headers.toByteArray()),
        RawClient.frameOf(RawClient.DATA, RawClient.END_STREAM, stream, message));
  }

  private static byte[] post(String path, Noise noise, byte[] body) {
    String head =
        "POST "
            + path
            + " HTTP/1.1\r\nHost: x\r\nAuthorization: "
            + noise.token()
            + "\r\nContent-Length: "
            + body.length
            + "\r\n\r\n";
    return Noise.joined(head.getBytes(StandardCharsets.ISO_8859_1), body);
  }

  private static byte[] http(Noise noise, SampleCall call, String token) {
    if (noise.oneIn(6)) {
      return ("GET "
              + noise.oneOf("/health", "/version", "/metrics", "/readyz?verbose", "/none")
              + " HTTP/1."
              + noise.number(2)
              + "\r\nHost: x\r\n\r\n")
          .getBytes(StandardCharsets.ISO_8859_1);
    }
    String header = noise.oneOf("Authorization: ", "Grpc-Metadata-Token: ", "Cookie: token=");
    byte[] body = call.json().getBytes(StandardCharsets.UTF_8);
    boolean isChunked = noise.oneIn(3);
    String head =
        noise.oneOf("POST ", "POST ", "PUT ", "OPTIONS ")
            + call.path()
            + " HTTP/1.1\r\nHost: x\r\n"
            + header
            + token
            + "\r\n"
            + noise.oneOf("", "Expect: 100-continue\r\n", "Grpc-Timeout: 1S\r\n", "X: y\r\n z\r\n")
            + (isChunked ? "Transfer-Encoding: chunked" : "Content-Length: " + body.length)
            + "\r\n\r\n";
    byte[] begin = head.getBytes(StandardCharsets.ISO_8859_1);
    return isChunked
        ? Noise.joined(
            begin,
            (Integer.toHexString(body.length) + "\r\n").getBytes(StandardCharsets.US_ASCII),
            body,
            "\r\n0\r\n\r\n".getBytes(StandardCharsets.US_ASCII))
        : Noise.joined(begin, body);
  }

  private static byte[] websocketFrame(Noise noise) {
    byte[] content =
        noise.oneIn(3) ? noise.bytes(120) : noise.call().json().getBytes(StandardCharsets.UTF_8);
    ByteBuffer frame = ByteBuffer.allocate(8 + content.length);
    int opcode = noise.oneIn(2) ? TEXT : noise.number(16);
    frame.put((byte) ((noise.oneIn(8) ? 0 : 0x80) | opcode));
    if (content.length < 126) {
      frame.put((byte) (MASKED | content.length));
    } else {
      frame.put((byte) (MASKED | 126)).putShort((short) content.length);
    }
    frame.putInt(0).put(content); // A mask of zeros leaves the content as it is.
    byte[] bytes = new byte[frame.position()];
    frame.flip();
    frame.get(bytes);
    return bytes;
  }
}
