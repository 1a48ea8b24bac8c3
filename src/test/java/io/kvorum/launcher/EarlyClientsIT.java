package io.kvorum.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.PutResponse;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.testing.Await;
import io.kvorum.testing.Channels;
import io.kvorum.testing.Ports;
import io.kvorum.testing.ServerProcess;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Clients of the real launcher that come before everything is there, or stay to the end. */
@Timeout(900)
final class EarlyClientsIT {
  /** As long as the client port holds a request. */
  private static final Duration HELD_AT_MOST = Duration.ofSeconds(30);

  private static final String GRPC_IS_SERVED = "serving client traffic";
  private static final String JSON_IS_SERVED = "JSON clients are served";
  private static final String PUT = "{\"key\":\"YQ==\",\"value\":\"Yg==\"}";

  @TempDir private Path directory;
  private final URI client = Ports.freeUrl();

  private ServerProcess start(String... more) throws IOException {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--data-dir=" + directory.resolve("m"),
                "--listen-client-urls=" + client,
                "--kvorum-admin-url="));
    arguments.addAll(List.of(more));
    return ServerProcess.kvorum(arguments.toArray(String[]::new));
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket(client.getHost(), client.getPort());
    socket.setSoTimeout(120_000);
    return socket;
  }

  private static void send(Socket socket, String head, String body) throws IOException {
    String text = head + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + body.length() + "\r\n\r\n";
    socket.getOutputStream().write((text + body).getBytes(StandardCharsets.US_ASCII));
  }

  private static int status(Socket socket) throws IOException {
    InputStream in = socket.getInputStream();
    byte[] line = in.readNBytes("HTTP/1.1 200".length());
    return Integer.parseInt(new String(line, StandardCharsets.US_ASCII).substring(9));
  }

  /** The status of a page on a connection of its own. */
  private int page(String path) throws IOException {
    try (Socket socket = connect()) {
      send(socket, "GET " + path, "");
      return status(socket);
    }
  }

  private void awaitPort() {
    Await.until("the port is open", ServerProcess.PATIENCE, () -> page("/livez") == 200);
  }

  @Test
  void grpcIsServedBeforeLibertyAndAThousandJsonRequestsWaitForIt() throws Exception {
    try (ServerProcess member = start()) {
      awaitPort();
      ManagedChannel channel = Channels.to(client);
      try {
        PutResponse put =
            KVGrpc.newBlockingStub(channel)
                .withWaitForReady()
                .put(PutRequest.newBuilder().setKey(ByteString.copyFromUtf8("early")).build());
        assertThat(put.getHeader().getRevision()).isEqualTo(2);
      } finally {
        channel.shutdownNow();
      }
      assertThat(page("/readyz")).isEqualTo(200);
      List<Socket> sockets = new ArrayList<>();
      try {
        long begin = System.nanoTime();
        for (int i = 0; i < 1000; i++) {
          Socket socket = connect();
          sockets.add(socket);
          send(socket, "POST /v3/kv/put", PUT);
        }
        for (Socket socket : sockets) {
          int status = status(socket);
          if (System.nanoTime() - begin < HELD_AT_MOST.toNanos()) {
            assertThat(status).isEqualTo(200);
          } else {
            // A machine on which Liberty takes longer than that.
            assertThat(status).isIn(200, 503);
          }
        }
      } finally {
        for (Socket socket : sockets) {
          socket.close();
        }
      }
      member.awaitReady();
      member.awaitLogged(JSON_IS_SERVED);
      assertThat(String.join("\n", member.stderr()))
          .containsSubsequence(GRPC_IS_SERVED, JSON_IS_SERVED);
      assertThat(member.terminate()).isZero();
      assertThat(member.complaints()).isEmpty();
    }
  }

  @Test
  void aMemberWithoutTheOthersIsAliveAndNotReadyAndStillServesWhatItHas() throws Exception {
    URI peer = Ports.freeUrl();
    try (ServerProcess member =
        start(
            "--name=m1",
            "--listen-peer-urls=" + peer,
            "--initial-advertise-peer-urls=" + peer,
            "--initial-cluster=m1=" + peer + ",m2=" + Ports.freeUrl())) {
      awaitPort();
      assertThat(page("/readyz")).isEqualTo(503);
      assertThat(page("/health")).isEqualTo(503);
      assertThat(page("/livez")).isEqualTo(200);
      Await.until(
          "it has recovered",
          ServerProcess.PATIENCE,
          () -> page("/livez/serializable_read") == 200);
      assertThat(page("/readyz")).isEqualTo(503);
      ManagedChannel channel = Channels.to(client);
      try {
        assertThat(
                KVGrpc.newBlockingStub(channel)
                    .withWaitForReady()
                    .range(
                        RangeRequest.newBuilder()
                            .setKey(ByteString.copyFromUtf8("a"))
                            .setSerializable(true)
                            .build())
                    .getCount())
            .isZero();
      } finally {
        channel.shutdownNow();
      }
      assertThat(member.terminate()).isZero();
    }
  }

  @Test
  void aMemberThatStopsIsAliveAndNotReady() throws Exception {
    try (ServerProcess member = start()) {
      member.awaitReady();
      ManagedChannel channel = Channels.to(client);
      try {
        // A call that sends nothing holds the stop up for half a second.
        ClientCall<PutRequest, PutResponse> call =
            channel.newCall(KVGrpc.getPutMethod(), CallOptions.DEFAULT);
        call.start(new ClientCall.Listener<>() {}, new Metadata());
        call.request(1);
        KVGrpc.newBlockingStub(channel).put(PutRequest.newBuilder().setKey(key()).build());
        try (PageWatch pages = new PageWatch(client)) {
          pages.awaitReady();
          assertThat(member.terminate()).isZero();
          assertThat(pages.seen())
              .contains(
                  "/readyz 503 [-]non_learner failed: the member is stopping",
                  "/health 503 {\"health\":\"false\",\"reason\":\"STOPPING\"}",
                  "/livez 200 ok",
                  "/version 200")
              .noneMatch(answer -> answer.startsWith("/livez 503"));
        }
      } finally {
        channel.shutdownNow();
      }
    }
  }

  private static ByteString key() {
    return ByteString.copyFromUtf8("key");
  }
}
