package io.kvorum.attack;

import com.google.protobuf.ByteString;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.proto.etcdserverpb.RequestOp;
import io.kvorum.proto.etcdserverpb.TxnRequest;
import io.kvorum.proto.etcdserverpb.WatchCreateRequest;
import io.kvorum.proto.etcdserverpb.WatchRequest;
import io.kvorum.testing.Pause;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.GZIPOutputStream;

/** What a bad client does, on connections of its own, for some seconds. Stateless. */
enum Attack {
  HALF_SENT_BODIES {
    @Override
    void run(Scene scene) throws IOException {
      String path = scene.oneOf("/v3/kv/put", "/v3/kv/range", "/v3/watch", "/v3/lease/keepalive");
      scene.connect(
          connection ->
              connection.send(
                  "POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"));
      scene.stay();
    }
  },
  HALF_SENT_STREAM_MESSAGES {
    @Override
    void run(Scene scene) throws IOException {
      String path = scene.oneOf("/v3/watch", "/v3/lease/keepalive", "/v3/election/observe");
      scene.connect(connection -> connection.send(streamOverHttp(path, "{\"x\":\"")));
      byte[] more = "x".repeat(64 << 10).getBytes(StandardCharsets.US_ASCII);
      while (scene.goesOn()) {
        scene.all(connection -> connection.send(more));
      }
    }
  },
  STREAM_REQUESTS_WITHOUT_END {
    @Override
    void run(Scene scene) throws IOException {
      String request =
          scene.oneOf(
              "{\"create_request\":{}}",
              "{\"create_request\":{\"key\":\"YQ==\"}}",
              "{\"cancel_request\":{\"watch_id\":7}}",
              "{\"progress_request\":{}}");
      byte[] requests = request.repeat(2_000).getBytes(StandardCharsets.US_ASCII);
      scene.connect(connection -> connection.send(streamOverHttp("/v3/watch", request)));
      while (scene.goesOn()) {
        scene.all(
            connection -> {
              if (!connection.sendWhole(requests)) {
                throw new IOException("it takes no more");
              }
            });
      }
    }
  },
  LARGE_HEADS_OF_STREAMS {
    @Override
    void run(Scene scene) throws IOException {
      String token = "Authorization: " + "t".repeat(60_000);
      scene.connect(
          connection ->
              connection.send(
                  streamOverHttp("/v3/watch", "{\"create_request\":{\"key\":\"YQ==\"}}")
                      .replaceFirst("Host: x", token)));
      scene.stay();
    }
  },
  SILENT_CONNECTIONS {
    @Override
    void run(Scene scene) throws IOException {
      scene.connect(connection -> {});
      scene.stay();
    }
  },
  SILENT_TLS_CONNECTIONS {
    @Override
    void run(Scene scene) throws IOException {
      scene.connectSecured(connection -> {});
      scene.stay();
    }
  },
  HALF_TLS_HANDSHAKES {
    @Override
    void run(Scene scene) throws IOException {
      byte[] hello = TlsHello.bytes();
      scene.connectSecured(
          connection -> {
            // Whole, or cut off: the server waits for the rest of the handshake.
            int length = scene.random().nextBoolean() ? hello.length : hello.length / 2;
            connection.send(Arrays.copyOf(hello, length));
          });
      scene.stay();
    }
  },
  SLOW_TLS_HANDSHAKES {
    @Override
    void run(Scene scene) throws IOException {
      byte[] hello = TlsHello.bytes();
      scene.connectSecured(connection -> {});
      for (int at = 0; at < hello.length && scene.goesOn(); at++) {
        byte[] next = {hello[at]};
        scene.all(connection -> connection.send(next));
      }
      scene.stay();
    }
  },
  TLS_GARBAGE {
    @Override
    void run(Scene scene) throws IOException {
      byte[] hello = TlsHello.bytes();
      while (scene.goesOn()) {
        try (RawClient connection = RawClient.to(scene.secured())) {
          byte[] bytes = hello.clone();
          for (int i = scene.random().nextInt(20); i >= 0; i--) {
            bytes[scene.random().nextInt(bytes.length)] = (byte) scene.random().nextInt();
          }
          connection.send(bytes);
          connection.read(ByteBuffer.allocate(4096));
        }
      }
    }
  },
  SLOW_HEADERS {
    @Override
    void run(Scene scene) throws IOException {
      scene.connect(connection -> connection.send("POST /v3/kv/put HT"));
      while (scene.goesOn()) {
        scene.all(connection -> connection.send("T"));
      }
    }
  },
  JSON_RANGES_NEVER_READ {
    @Override
    void run(Scene scene) throws IOException {
      scene.connect(connection -> connection.send(rangeOverHttp()));
      scene.stay();
    }
  },
  JSON_RANGES_READ_SLOWLY {
    @Override
    void run(Scene scene) throws IOException {
      scene.connect(connection -> connection.send(rangeOverHttp()));
      while (scene.goesOn()) {
        scene.all(connection -> connection.read(ByteBuffer.allocate(1024)));
      }
    }
  },
  GRPC_RANGES_NEVER_READ {
    @Override
    void run(Scene scene) throws IOException {
      byte[] request = RawClient.message(false, range(0).toByteArray());
      byte[] page = RawClient.message(false, range(100).toByteArray());
      scene.connect(
          connection -> {
            connection.beginHttp2();
            for (int stream = 1; stream < 40; stream += 2) {
              call(connection, stream, "/etcdserverpb.KV/Range", stream % 4 == 1 ? request : page);
            }
          });
      scene.stay();
    }
  },
  TRANSACTIONS_OF_RANGES {
    @Override
    void run(Scene scene) throws IOException {
      TxnRequest.Builder txn = TxnRequest.newBuilder();
      for (int i = 0; i < 128; i++) {
        txn.addSuccess(RequestOp.newBuilder().setRequestRange(range(0)));
      }
      byte[] request = RawClient.message(false, txn.build().toByteArray());
      scene.connect(
          connection -> {
            connection.beginHttp2();
            call(connection, 1, "/etcdserverpb.KV/Txn", request);
          });
      scene.stay();
    }
  },
  WATCHES_NEVER_READ {
    @Override
    void run(Scene scene) throws IOException {
      WatchRequest watch =
          WatchRequest.newBuilder()
              .setCreateRequest(
                  WatchCreateRequest.newBuilder()
                      .setKey(PREFIX)
                      .setRangeEnd(PREFIX_END)
                      .setStartRevision(1)
                      .setPrevKv(true))
              .build();
      byte[] request = RawClient.message(false, watch.toByteArray());
      scene.connect(
          connection -> {
            connection.beginHttp2();
            for (int stream = 1; stream < 20; stream += 2) {
              connection.frame(
                  RawClient.HEADERS,
                  RawClient.END_HEADERS,
                  stream,
                  RawClient.headers("/etcdserverpb.Watch/Watch"));
              connection.frame(RawClient.DATA, 0, stream, request);
            }
          });
      scene.stay();
    }
  },
  HALF_SENT_MESSAGES {
    @Override
    void run(Scene scene) throws IOException {
      byte[] head = ByteBuffer.allocate(5 + 8000).put((byte) 0).putInt(1_500_000).array();
      scene.connect(
          connection -> {
            connection.beginHttp2();
            for (int stream = 1; stream < 100; stream += 2) {
              connection.frame(
                  RawClient.HEADERS,
                  RawClient.END_HEADERS,
                  stream,
                  RawClient.headers("/etcdserverpb.KV/Put"));
              connection.frame(RawClient.DATA, 0, stream, head);
            }
          });
      while (scene.goesOn()) {
        scene.all(
            connection -> {
              for (int stream = 1; stream < 100; stream += 2) {
                connection.frame(RawClient.DATA, 0, stream, new byte[8000]);
              }
              connection.read(ByteBuffer.allocate(64 << 10));
            });
      }
    }
  },
  RESETS_IN_EVERY_PHASE {
    @Override
    void run(Scene scene) throws IOException {
      String request = rangeOverHttp();
      while (scene.goesOn()) {
        try (RawClient connection = RawClient.to(scene.endpoint())) {
          if (scene.random().nextBoolean()) {
            connection.send(request.substring(0, scene.random().nextInt(request.length() + 1)));
          } else {
            connection.beginHttp2();
            call(
                connection,
                1,
                "/etcdserverpb.KV/Range",
                RawClient.message(false, range(50).toByteArray()));
          }
          if (scene.random().nextBoolean()) {
            Pause.of(scene.random().nextInt(20));
            connection.read(ByteBuffer.allocate(4096));
          }
          connection.reset();
        }
      }
    }
  },
  RST_FLOOD {
    @Override
    void run(Scene scene) throws IOException {
      flood(
          scene,
          (connection, stream) -> {
            connection.frame(
                RawClient.HEADERS,
                RawClient.END_HEADERS,
                stream,
                RawClient.headers("/etcdserverpb.KV/Range"));
            return connection.frame(RawClient.RST_STREAM, 0, stream, new byte[] {0, 0, 0, 8});
          });
    }
  },
  PING_FLOOD {
    @Override
    void run(Scene scene) throws IOException {
      flood(scene, (connection, stream) -> connection.frame(RawClient.PING, 0, 0, new byte[8]));
    }
  },
  SETTINGS_FLOOD {
    @Override
    void run(Scene scene) throws IOException {
      flood(scene, (connection, stream) -> connection.frame(RawClient.SETTINGS, 0, 0, new byte[0]));
    }
  },
  CREATE_AND_CANCEL {
    @Override
    void run(Scene scene) throws IOException {
      byte[] create =
          RawClient.message(
              false,
              WatchRequest.newBuilder()
                  .setCreateRequest(
                      WatchCreateRequest.newBuilder().setKey(PREFIX).setRangeEnd(PREFIX_END))
                  .build()
                  .toByteArray());
      flood(
          scene,
          (connection, stream) -> {
            connection.frame(
                RawClient.HEADERS,
                RawClient.END_HEADERS,
                stream,
                RawClient.headers("/etcdserverpb.Watch/Watch"));
            connection.frame(RawClient.DATA, 0, stream, create);
            return connection.frame(RawClient.RST_STREAM, 0, stream, new byte[] {0, 0, 0, 8});
          });
    }
  },
  ODD_HEADERS {
    @Override
    void run(Scene scene) throws IOException {
      String[] heads = {
        "POST /v3/kv/put HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\n{}",
        "POST /v3/kv/put HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n{}",
        "POST /v3/kv/put HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /v3/kv/put HTTP/1.1\r\n\r\n",
        "POST /v3/kv/put HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
        "POST /v3/kv/put HTTP/1.1\r\nHost: x\r\nX: " + "y".repeat(60_000) + "\r\n\r\n",
        "POST /v3/kv/put HTTP/1.1\r\nHost: x\r\nX: " + "y".repeat(200_000) + "\r\n\r\n",
        "POST /v3/kv%2Frange HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
        "POST /v3/kv/range HTTP/1.1\r\nHost: x\r\nExpect: a-miracle\r\nContent-Length: 2\r\n\r\n{}",
        "\u0000\u0001\u0002\u0003\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
      };
      while (scene.goesOn()) {
        try (RawClient connection = RawClient.to(scene.endpoint())) {
          connection.send(heads[scene.random().nextInt(heads.length)]);
          Pause.of(20);
          connection.read(ByteBuffer.allocate(4096));
        }
      }
    }
  },
  BOMBS {
    @Override
    void run(Scene scene) throws IOException {
      byte[] zipped = RawClient.message(true, gzip(new byte[64 << 20]));
      ByteArrayOutputStream head = new ByteArrayOutputStream();
      head.writeBytes(RawClient.headers("/etcdserverpb.KV/Put"));
      RawClient.literal(head, "grpc-encoding", "gzip");
      String deep = "{\"a\":".repeat(100_000);
      while (scene.goesOn()) {
        try (RawClient connection = RawClient.to(scene.endpoint())) {
          if (scene.random().nextBoolean()) {
            connection.beginHttp2();
            connection.frame(RawClient.HEADERS, RawClient.END_HEADERS, 1, head.toByteArray());
            for (int at = 0; at < zipped.length; at += 16_000) {
              byte[] part = Arrays.copyOfRange(zipped, at, Math.min(zipped.length, at + 16_000));
              connection.frame(RawClient.DATA, 0, 1, part);
            }
          } else {
            connection.send(
                "POST /v3/kv/put HTTP/1.1\r\nHost: x\r\nContent-Length: "
                    + deep.length()
                    + "\r\n\r\n"
                    + deep);
          }
          Pause.of(50);
          connection.read(ByteBuffer.allocate(4096));
        }
      }
    }
  };

  /** The keys of the store that attacks ask for. */
  static final ByteString PREFIX = ByteString.copyFromUtf8("big/");

  static final ByteString PREFIX_END = ByteString.copyFromUtf8("big0");

  abstract void run(Scene scene) throws IOException;

  /** Something that is done on a connection; failures of the connection are the server's right. */
  interface Step {
    void on(RawClient connection) throws IOException;
  }

  /** One step of a flood; false if the connection takes no more for now. */
  private interface Drop {
    boolean on(RawClient connection, int stream) throws IOException;
  }

  /** The ports that are attacked. */
  record Target(URI plain, URI secured) {}

  /** One attack: its connections, and how long it lasts. Confined to one thread. */
  static final class Scene implements AutoCloseable {
    private final URI endpoint;
    private final URI secured;
    private final SplittableRandom random;
    private final int connections;
    private final long endNanos;
    private final List<RawClient> open = new ArrayList<>();

    Scene(Target target, SplittableRandom random, int connections, long endNanos) {
      this.endpoint = target.plain();
      this.secured = target.secured();
      this.random = random;
      this.connections = connections;
      this.endNanos = endNanos;
    }

    long endNanos() {
      return endNanos;
    }

    URI endpoint() {
      return endpoint;
    }

    /** Where TLS is spoken. */
    URI secured() {
      return secured;
    }

    SplittableRandom random() {
      return random;
    }

    String oneOf(String... choices) {
      return choices[random.nextInt(choices.length)];
    }

    /** Opens all connections, as far as the server accepts them. */
    void connect(Step step) throws IOException {
      connect(endpoint, step);
    }

    /** The same where TLS is spoken. */
    void connectSecured(Step step) throws IOException {
      connect(secured, step);
    }

    private void connect(URI to, Step step) throws IOException {
      for (int i = 0; i < connections && System.nanoTime() < endNanos; i++) {
        RawClient connection = RawClient.to(to);
        open.add(connection);
        step.on(connection);
      }
    }

    /** Takes a step on each connection that is still open. */
    void all(Step step) throws IOException {
      for (RawClient connection : List.copyOf(open)) {
        try {
          step.on(connection);
        } catch (IOException closed) {
          open.remove(connection);
          connection.close();
        }
      }
    }

    /** Waits a moment; false when the attack is over. */
    boolean goesOn() {
      Pause.of(10);
      return System.nanoTime() < endNanos;
    }

    void stay() {
      while (goesOn()) {
        Pause.of(100);
      }
    }

    @Override
    public void close() throws IOException {
      for (RawClient connection : open) {
        if (random.nextBoolean()) {
          connection.reset();
        } else {
          connection.close();
        }
      }
    }
  }

  private static void call(RawClient connection, int stream, String method, byte[] request)
      throws IOException {
    connection.frame(RawClient.HEADERS, RawClient.END_HEADERS, stream, RawClient.headers(method));
    connection.frame(RawClient.DATA, RawClient.END_STREAM, stream, request);
  }

  private static void flood(Scene scene, Drop drop) throws IOException {
    while (scene.goesOn()) {
      try (RawClient connection = RawClient.to(scene.endpoint())) {
        connection.beginHttp2();
        int stream = 1;
        for (int drops = 0; drops < 20_000 && drop.on(connection, stream); drops++) {
          stream += 2;
          if (drops % 100 == 0) {
            connection.read(ByteBuffer.allocate(64 << 10));
          }
        }
      } catch (IOException refused) {
        // The server has had enough of this connection: another one.
      }
    }
  }

  static RangeRequest range(long limit) {
    return RangeRequest.newBuilder().setKey(PREFIX).setRangeEnd(PREFIX_END).setLimit(limit).build();
  }

  private static String rangeOverHttp() {
    Base64.Encoder base64 = Base64.getEncoder();
    String body =
        String.format(
            "{\"key\":\"%s\",\"range_end\":\"%s\"}",
            base64.encodeToString(PREFIX.toByteArray()),
            base64.encodeToString(PREFIX_END.toByteArray()));
    return "POST /v3/kv/range HTTP/1.1\r\nHost: x\r\nContent-Length: "
        + body.length()
        + "\r\n\r\n"
        + body;
  }

  /** A request that stays open, with the first part of its body. */
  private static String streamOverHttp(String path, String body) {
    return "POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000000\r\n\r\n" + body;
  }

  private static byte[] gzip(byte[] content) throws IOException {
    ByteArrayOutputStream zipped = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(zipped)) {
      gzip.write(
          PutRequest.newBuilder()
              .setKey(ByteString.copyFrom("bomb", StandardCharsets.US_ASCII))
              .setValue(ByteString.copyFrom(content))
              .build()
              .toByteArray());
    }
    return zipped.toByteArray();
  }
}
