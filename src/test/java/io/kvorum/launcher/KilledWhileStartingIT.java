package io.kvorum.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.testing.Await;
import io.kvorum.testing.Channels;
import io.kvorum.testing.Paired;
import io.kvorum.testing.Pause;
import io.kvorum.testing.Ports;
import io.kvorum.testing.ServerKind;
import io.kvorum.testing.ServerProcess;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * SIGKILL in each phase of a start, of a new member and of one with data: the next start succeeds,
 * and has all puts that were acknowledged.
 */
@Paired
@Timeout(900)
final class KilledWhileStartingIT {
  private static final int RANDOM_KILLS = 5;

  /** How far a start gets before it is killed. */
  enum Reached {
    FIRST_LINE {
      @Override
      boolean isReached(ServerProcess member, Path data) {
        return !member.stderr().isEmpty();
      }
    },
    PORT_OPEN {
      @Override
      boolean isReached(ServerProcess member, Path data) throws IOException {
        return isListening(member.endpoint());
      }
    },
    READY {
      @Override
      boolean isReached(ServerProcess member, Path data) {
        return hasPrinted(member, "ready to serve client requests");
      }
    },
    CONTAINER_BOOTS {
      @Override
      boolean isReached(ServerProcess member, Path data) throws IOException {
        return READY.isReached(member, data)
            && Files.exists(data.resolve("liberty/kvorum/workarea/platform"));
      }
    },
    CONTAINER_STARTED {
      @Override
      boolean isReached(ServerProcess member, Path data) {
        return hasPrinted(member, "Open Liberty has started");
      }
    };

    abstract boolean isReached(ServerProcess member, Path data) throws IOException;

    private static boolean hasPrinted(ServerProcess member, String text) {
      return member.stderr().stream().anyMatch(line -> line.contains(text));
    }
  }

  @TempDir private Path directory;

  private final URI client = Ports.freeUrl();
  private final URI peer = Ports.freeUrl();
  private final List<String> acknowledged = Collections.synchronizedList(new ArrayList<>());

  @ParameterizedTest
  @EnumSource(Reached.class)
  void theNextStartSucceedsAndNothingIsLost(Reached reached) throws Exception {
    Path data = directory.resolve("m");
    for (int start = 0; start < 2; start++) {
      try (ServerProcess member = launch(data)) {
        Writer writer = new Writer("put/" + start);
        Await.until(
            "it has got to " + reached,
            ServerProcess.PATIENCE,
            () -> reached.isReached(member, data) || !member.alive());
        assertThat(member.alive()).as("it runs" + member.lastOutput()).isTrue();
        member.kill();
        writer.join();
      }
    }
    assertThatAllIsThere(data);
  }

  @Test
  void theNextStartSucceedsWheneverOneIsKilled() throws Exception {
    long seed = Long.getLong("kvorum.seed", System.nanoTime());
    Random random = new Random(seed);
    Path data = directory.resolve("m");
    long wholeMillis = 0;
    for (int kill = 0; kill <= RANDOM_KILLS; kill++) {
      try (ServerProcess member = launch(data)) {
        Writer writer = new Writer("put/" + kill);
        if (kill == 0) {
          member.awaitReady();
          wholeMillis = member.timeToReady().toMillis();
        } else {
          Pause.of(random.nextLong(2 * wholeMillis));
        }
        assertThat(member.alive()).as("seed %s%s", seed, member.lastOutput()).isTrue();
        member.kill();
        writer.join();
      }
    }
    assertThatAllIsThere(data);
  }

  private ServerProcess launch(Path data) throws IOException {
    return ServerProcess.launch(
        ServerKind.KVORUM,
        data,
        client,
        peer,
        List.of("--kvorum-admin-url="),
        Map.of("JVM_ARGS", "-Xmx256m"));
  }

  private void assertThatAllIsThere(Path data) throws Exception {
    try (ServerProcess member = launch(data)) {
      member.awaitReady();
      ManagedChannel channel = Channels.to(client);
      try {
        List<String> keys =
            KVGrpc.newBlockingStub(channel)
                .withDeadlineAfter(1, TimeUnit.MINUTES)
                .range(
                    RangeRequest.newBuilder()
                        .setKey(ByteString.copyFromUtf8("put/"))
                        .setRangeEnd(ByteString.copyFromUtf8("put0"))
                        .setKeysOnly(true)
                        .build())
                .getKvsList()
                .stream()
                .map(pair -> pair.getKey().toStringUtf8())
                .toList();
        assertThat(keys).as("keys%s", member.lastOutput()).containsAll(acknowledged);
      } finally {
        channel.shutdownNow();
      }
      assertThat(member.terminate()).isZero();
    }
  }

  private static boolean isListening(URI member) {
    try (Socket connection = new Socket(member.getHost(), member.getPort())) {
      return connection.isConnected();
    } catch (IOException notYet) {
      return false;
    }
  }

  /** Puts one key after the other from when the member listens until it is gone. */
  private final class Writer {
    private final String prefix;
    private final Thread thread = new Thread(this::run, "writer");
    private volatile boolean isOver;

    Writer(String prefix) {
      this.prefix = prefix;
      thread.setDaemon(true);
      thread.start();
    }

    /** To be called when the member is gone. */
    void join() throws InterruptedException {
      isOver = true;
      thread.join(ServerProcess.PATIENCE.toMillis());
    }

    private void run() {
      while (!isListening(client)) {
        if (isOver) {
          return;
        }
        Pause.of(5);
      }
      ManagedChannel channel = Channels.to(client);
      try {
        for (int i = 0; !isOver; i++) {
          String key = prefix + "/" + i;
          KVGrpc.newBlockingStub(channel)
              .withDeadlineAfter(ServerProcess.PATIENCE.toSeconds(), TimeUnit.SECONDS)
              .put(PutRequest.newBuilder().setKey(ByteString.copyFromUtf8(key)).build());
          acknowledged.add(key);
        }
      } catch (StatusRuntimeException killed) {
        // What was not acknowledged may be there or not.
      } finally {
        channel.shutdownNow();
      }
    }
  }
}
