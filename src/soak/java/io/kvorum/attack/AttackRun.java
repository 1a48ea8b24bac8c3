package io.kvorum.attack;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.testing.Await;
import io.kvorum.testing.Channels;
import io.kvorum.testing.Pause;
import io.kvorum.testing.ServerProcess;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Attacks one server for some time, in phases of a few attacks at once, beside clients that behave,
 * and checks that it bears it: it lives, those clients see no failure and no gap, and what the
 * attacks made it hold is given back.
 *
 * <p>A seed repeats the choice of attacks, not their timing.
 */
final class AttackRun implements AutoCloseable {
  private static final int CLIENTS = 10;
  private static final int AT_ONCE = 3;
  private static final Duration RECOVERY = Duration.ofMinutes(2);

  /**
   * Sizes of a run.
   *
   * @param storeBytes values below the prefix that attacks ask for
   * @param connections of one attack
   * @param phase how long the attacks of one phase last
   */
  record Size(long storeBytes, int valueBytes, int connections, Duration phase) {}

  private final ServerProcess server;
  private final Attack.Target target;
  private final Size size;
  private final List<Attack> attacks;
  private final SplittableRandom random;
  private final ExecutorService attackers = Executors.newFixedThreadPool(AT_ONCE);
  private final Bystanders bystanders;

  /**
   * @param secured the port of the server that speaks TLS
   */
  AttackRun(ServerProcess server, SecuredPort secured, Size size, List<Attack> attacks, long seed) {
    this.server = server;
    this.target = new Attack.Target(server.endpoint(), secured.url());
    this.size = size;
    this.attacks = List.copyOf(attacks);
    this.random = new SplittableRandom(seed);
    fill();
    this.bystanders = new Bystanders(server.endpoint(), CLIENTS);
  }

  private void fill() {
    ManagedChannel channel = Channels.to(server.endpoint());
    try {
      KVGrpc.KVBlockingStub kv = KVGrpc.newBlockingStub(channel);
      byte[] value = new byte[size.valueBytes()];
      new Random(1).nextBytes(value);
      long keys = size.storeBytes() / size.valueBytes();
      for (long i = 0; i < keys; i++) {
        kv.put(
            PutRequest.newBuilder()
                .setKey(Attack.PREFIX.concat(ByteString.copyFromUtf8(String.format("%08d", i))))
                .setValue(ByteString.copyFrom(value))
                .build());
      }
    } finally {
      channel.shutdownNow();
    }
  }

  /** Attacks for that long, and checks. */
  void run(Duration time) throws Exception {
    Footprint before = rest();
    long end = System.nanoTime() + time.toNanos();
    while (System.nanoTime() < end) {
      phase();
      assertThat(server.alive()).as("the server lives%s", server.lastOutput()).isTrue();
      assertThat(bystanders.failures()).as("failures of clients that behave").isEmpty();
    }
    awaitRecovery(before);
    bystanders.finish();
  }

  /** Attacks for that long, and counts what the clients that behave see, as long as it lives. */
  void compare(Duration time) throws Exception {
    rest();
    long end = System.nanoTime() + time.toNanos();
    int counted = 0;
    while (System.nanoTime() < end && server.alive()) {
      phase();
      int failures = bystanders.failures().size();
      System.out.println("failures of clients that behave: " + (failures - counted));
      counted = failures;
    }
    System.out.println(server.alive() ? "the server lives" : "the server has ended");
  }

  private Footprint rest() throws IOException {
    Pause.of(size.phase().toMillis());
    Footprint before = Footprint.of(server.pid());
    System.out.println("before: " + before + "; " + bystanders.latencies());
    return before;
  }

  private void phase() throws Exception {
    List<Attack> chosen = new ArrayList<>();
    List<Future<?>> running = new ArrayList<>();
    long end = System.nanoTime() + size.phase().toNanos();
    for (int i = 0; i < AT_ONCE; i++) {
      Attack attack = attacks.get(random.nextInt(attacks.size()));
      chosen.add(attack);
      Attack.Scene scene = new Attack.Scene(target, random.split(), size.connections(), end);
      running.add(attackers.submit(() -> attack(attack, scene)));
    }
    for (Future<?> attack : running) {
      attack.get(RECOVERY.toSeconds(), TimeUnit.SECONDS);
    }
    String footprint = server.alive() ? Footprint.of(server.pid()).toString() : "gone";
    System.out.println(chosen + ": " + footprint + "; " + bystanders.latencies());
  }

  /** A connection that the server refuses or ends is no failure: it defends itself. */
  private static void attack(Attack attack, Attack.Scene scene) {
    try (scene) {
      attack.run(scene);
    } catch (IOException refused) {
      Pause.until(scene.endNanos());
    }
  }

  private void awaitRecovery(Footprint before) throws IOException {
    Await.until(
        "files and threads are back where they were, " + before,
        RECOVERY,
        () -> {
          Footprint now = Footprint.of(server.pid());
          return now.files() <= before.files() + 10 && now.threads() <= before.threads() + 20;
        });
    System.out.println("after: " + Footprint.of(server.pid()) + "; " + bystanders.latencies());
    ManagedChannel channel = Channels.to(server.endpoint());
    try {
      long count =
          KVGrpc.newBlockingStub(channel)
              .range(
                  RangeRequest.newBuilder()
                      .setKey(Attack.PREFIX)
                      .setRangeEnd(Attack.PREFIX_END)
                      .setCountOnly(true)
                      .build())
              .getCount();
      assertThat(count).isEqualTo(size.storeBytes() / size.valueBytes());
    } finally {
      channel.shutdownNow();
    }
  }

  @Override
  public void close() {
    attackers.shutdownNow();
    bystanders.close();
  }
}
