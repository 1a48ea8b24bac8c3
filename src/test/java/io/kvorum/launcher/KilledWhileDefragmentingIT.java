package io.kvorum.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.kvorum.proto.etcdserverpb.CompactionRequest;
import io.kvorum.proto.etcdserverpb.DefragmentRequest;
import io.kvorum.proto.etcdserverpb.DeleteRangeRequest;
import io.kvorum.proto.etcdserverpb.HashKVRequest;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.MaintenanceGrpc;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.testing.Await;
import io.kvorum.testing.Channels;
import io.kvorum.testing.Paired;
import io.kvorum.testing.Ports;
import io.kvorum.testing.ServerKind;
import io.kvorum.testing.ServerProcess;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * SIGKILL at random moments of a defragmentation beside puts: the next start has one history, the
 * former or the new one, with the same content and all puts that were acknowledged.
 */
@Paired
@Timeout(600)
final class KilledWhileDefragmentingIT {
  private static final int KILLS = 6;
  private static final int KEYS = 400;

  @TempDir private Path directory;

  private final URI client = Ports.freeUrl();
  private final URI peer = Ports.freeUrl();
  private final long seed = Long.getLong("kvorum.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final TreeSet<String> acknowledged = new TreeSet<>();

  @Test
  void theNextStartHasOneHistoryWithAllThatWasAcknowledged() throws Exception {
    Path data = directory.resolve("m");
    long revision;
    int hash;
    long wholeMillis;
    try (Life life = new Life(data)) {
      life.fill();
      revision = life.compact();
      hash = life.hash(revision);
      long began = System.nanoTime();
      life.maintenance.defragment(DefragmentRequest.getDefaultInstance());
      wholeMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
    }
    for (int kill = 0; kill < KILLS; kill++) {
      try (Life life = new Life(data)) {
        assertThat(life.hash(revision)).as("seed %d, kill %d", seed, kill).isEqualTo(hash);
        long delay = random.nextLong(wholeMillis * 3 / 2);
        life.putBesideADefragmentation(
            "put/" + kill + "/",
            kill == 0 ? end -> awaitMove(data, end) : end -> awaitEnd(end, delay));
      }
    }
    try (Life life = new Life(data)) {
      assertThat(life.hash(revision)).as("seed %d", seed).isEqualTo(hash);
      assertThat(life.keys()).as("seed %d", seed).containsAll(acknowledged);
      assertThat(acknowledged).hasSizeGreaterThan(KILLS);
      assertThat(histories(data)).as("seed %d", seed).hasSize(1);
      assertThat(life.member.terminate()).isZero();
    }
  }

  /** Waits for the moment of a kill, or until the defragmentation has ended. */
  private interface Moment {
    void await(CompletableFuture<Void> end) throws InterruptedException;
  }

  private static void awaitMove(Path data, CompletableFuture<Void> end) {
    Await.until(
        "there is a second history",
        ServerProcess.PATIENCE,
        () -> end.isDone() || histories(data).size() == 2);
  }

  private static void awaitEnd(CompletableFuture<Void> end, long atMostMillis)
      throws InterruptedException {
    try {
      end.get(atMostMillis, TimeUnit.MILLISECONDS);
    } catch (TimeoutException inTheMiddle) {
      // As was drawn.
    } catch (ExecutionException never) {
      throw new AssertionError(never);
    }
  }

  /** The databases of the history that the member keeps. */
  private static List<Path> histories(Path data) throws IOException {
    try (Stream<Path> children = Files.list(data.resolve("member"))) {
      return children
          .filter(child -> child.getFileName().toString().startsWith("history"))
          .filter(Files::isDirectory)
          .toList();
    }
  }

  /** The member between a start and its end. */
  private final class Life implements AutoCloseable {
    private final ServerProcess member;
    private final ManagedChannel channel = Channels.to(client);
    private final KVGrpc.KVBlockingStub kv = KVGrpc.newBlockingStub(channel);
    private final MaintenanceGrpc.MaintenanceBlockingStub maintenance =
        MaintenanceGrpc.newBlockingStub(channel);

    Life(Path data) throws IOException, InterruptedException {
      member =
          ServerProcess.start(
              ServerKind.KVORUM,
              data,
              client,
              peer,
              List.of("--kvorum-admin-url="),
              Map.of("JVM_ARGS", "-Xmx256m"));
    }

    /** Each key twice; a quarter of them is deleted. */
    void fill() {
      byte[] value = new byte[20_000];
      for (int i = 0; i < 2 * KEYS; i++) {
        random.nextBytes(value);
        kv.put(put(key(i % KEYS)).toBuilder().setValue(ByteString.copyFrom(value)).build());
      }
      kv.deleteRange(
          DeleteRangeRequest.newBuilder()
              .setKey(ByteString.copyFromUtf8(key(0)))
              .setRangeEnd(ByteString.copyFromUtf8(key(KEYS / 4)))
              .build());
    }

    long compact() {
      long head = kv.put(put("head")).getHeader().getRevision();
      kv.compact(CompactionRequest.newBuilder().setRevision(head).setPhysical(true).build());
      return head;
    }

    int hash(long revision) {
      return maintenance.hashKV(HashKVRequest.newBuilder().setRevision(revision).build()).getHash();
    }

    /** Puts until it is killed, in the middle of a defragmentation or behind it. */
    void putBesideADefragmentation(String prefix, Moment moment) throws InterruptedException {
      CompletableFuture<Void> end = new CompletableFuture<>();
      Thread killer =
          new Thread(
              () -> {
                try {
                  moment.await(end);
                } catch (InterruptedException interrupted) {
                  Thread.currentThread().interrupt();
                } finally {
                  member.kill();
                }
              });
      killer.start();
      var defragmentation =
          MaintenanceGrpc.newFutureStub(channel).defragment(DefragmentRequest.getDefaultInstance());
      defragmentation.addListener(() -> end.complete(null), Runnable::run);
      try {
        for (int i = 0; true; i++) {
          kv.withDeadlineAfter(1, TimeUnit.MINUTES).put(put(prefix + i));
          acknowledged.add(prefix + i);
        }
      } catch (StatusRuntimeException failed) {
        assertThat(failed.getStatus().getCode())
            .as("seed %d: %s", seed, failed)
            .isEqualTo(Status.Code.UNAVAILABLE);
      }
      killer.join();
      defragmentation.cancel(true);
    }

    List<String> keys() {
      return kv
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
    }

    @Override
    public void close() throws InterruptedException {
      channel.shutdownNow();
      member.close();
    }
  }

  private static String key(int number) {
    return String.format("key/%04d", number);
  }

  private static PutRequest put(String key) {
    return PutRequest.newBuilder().setKey(ByteString.copyFromUtf8(key)).build();
  }
}
