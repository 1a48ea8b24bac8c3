package io.kvorum.attack;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.kvorum.load.JvmTools;
import io.kvorum.proto.authpb.Permission;
import io.kvorum.proto.etcdserverpb.AuthEnableRequest;
import io.kvorum.proto.etcdserverpb.AuthGrpc;
import io.kvorum.proto.etcdserverpb.AuthRoleAddRequest;
import io.kvorum.proto.etcdserverpb.AuthRoleGrantPermissionRequest;
import io.kvorum.proto.etcdserverpb.AuthUserAddRequest;
import io.kvorum.proto.etcdserverpb.AuthUserGrantRoleRequest;
import io.kvorum.proto.etcdserverpb.AuthenticateRequest;
import io.kvorum.proto.etcdserverpb.CompactionRequest;
import io.kvorum.proto.etcdserverpb.DeleteRangeRequest;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.LeaseGrpc;
import io.kvorum.proto.etcdserverpb.LeaseLeasesRequest;
import io.kvorum.proto.etcdserverpb.LeaseRevokeRequest;
import io.kvorum.proto.etcdserverpb.LeaseStatus;
import io.kvorum.testing.Await;
import io.kvorum.testing.Channels;
import io.kvorum.testing.ServerProcess;
import io.kvorum.testing.ServerUnderTest;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Sends bad input of all kinds to one server for some time, as a user with few rights, beside
 * clients that behave. Each connection must get an end and nothing of the server's insides; the
 * clients must see no failure; and files, threads and memory must be back where they were.
 *
 * <p>A seed repeats what each sender sends, not when.
 */
final class FuzzRun implements AutoCloseable {
  private static final int SENDERS = 4;
  private static final int CLIENTS = 3;
  private static final int WARM_UP_EACH = 60;
  private static final Duration RECOVERY = Duration.ofMinutes(2);
  private static final long HEAP_SLACK_BYTES = 24 << 20;
  private static final String PASSWORD = "pw";

  private final ServerProcess server;
  private final long seed;
  private final ManagedChannel channel;
  private final String root;
  private final String stranger;
  private final Bystanders bystanders;
  private final ExecutorService senders = Executors.newFixedThreadPool(SENDERS);
  private final Map<String, Integer> outcomes = new TreeMap<>();

  FuzzRun(ServerProcess server, long seed) {
    this.server = server;
    this.seed = seed;
    this.channel = Channels.to(server.endpoint());
    ServerUnderTest.awaitJson(server.endpoint());
    user("good", range("good", "good0"), range("json", ""));
    user("bad", range("a", "e"), range("l", "m"));
    AuthGrpc.AuthBlockingStub auth = AuthGrpc.newBlockingStub(channel);
    add(auth, "root", "root");
    assertThat(auth.authEnable(AuthEnableRequest.getDefaultInstance()).hasHeader()).isTrue();
    this.root = login("root");
    this.stranger = login("bad");
    this.bystanders = new Bystanders(server.endpoint(), CLIENTS, login("good"));
  }

  private void user(String name, Permission... permissions) {
    AuthGrpc.AuthBlockingStub auth = AuthGrpc.newBlockingStub(channel);
    var added = auth.roleAdd(AuthRoleAddRequest.newBuilder().setName(name).build());
    assertThat(added.hasHeader()).isTrue();
    for (Permission permission : permissions) {
      var granted =
          auth.roleGrantPermission(
              AuthRoleGrantPermissionRequest.newBuilder()
                  .setName(name)
                  .setPerm(permission)
                  .build());
      assertThat(granted.hasHeader()).isTrue();
    }
    add(auth, name, name);
  }

  private static void add(AuthGrpc.AuthBlockingStub auth, String name, String role) {
    var added =
        auth.userAdd(AuthUserAddRequest.newBuilder().setName(name).setPassword(PASSWORD).build());
    var granted =
        auth.userGrantRole(
            AuthUserGrantRoleRequest.newBuilder().setUser(name).setRole(role).build());
    assertThat(added.hasHeader() && granted.hasHeader()).isTrue();
  }

  private static Permission range(String from, String end) {
    return Permission.newBuilder()
        .setPermType(Permission.Type.READWRITE)
        .setKey(ByteString.copyFromUtf8(from))
        .setRangeEnd(ByteString.copyFromUtf8(end))
        .build();
  }

  private String login(String name) {
    return AuthGrpc.newBlockingStub(channel)
        .authenticate(AuthenticateRequest.newBuilder().setName(name).setPassword(PASSWORD).build())
        .getToken();
  }

  /** What a server holds when its clients are done. */
  private record Held(Footprint footprint, long heapBytes) {
    @Override
    public String toString() {
      return footprint + ", " + heapBytes / 1_000_000 + " MB in use";
    }
  }

  /** Sends for that long, and checks. */
  void run(Duration time) throws Exception {
    send(Long.MAX_VALUE, WARM_UP_EACH * BadInput.values().length / SENDERS);
    clean();
    Held before = held();
    System.out.println("before: " + before + "; " + bystanders.latencies());
    send(System.nanoTime() + time.toNanos(), Integer.MAX_VALUE);
    System.out.println("beside: " + bystanders.latencies());
    assertThat(server.alive()).as("the server lives%s", server.lastOutput()).isTrue();
    assertThat(bystanders.failures()).as("failures of clients that behave").isEmpty();
    clean();
    awaitRecovery(before);
    bystanders.finish();
    assertThat(server.output().lines().filter(FuzzRun::isOfTheCode))
        .as("lines of the log")
        .isEmpty();
    outcomes.forEach((outcome, count) -> System.out.println(count + " " + outcome));
  }

  private static boolean isOfTheCode(String line) {
    return line.startsWith("\tat ") || BadAnswers.showsTheCode(line);
  }

  private void send(long endNanos, int most) throws Exception {
    List<Future<Map<String, Integer>>> running = new ArrayList<>();
    for (int i = 0; i < SENDERS; i++) {
      SplittableRandom random = new SplittableRandom(seed + i);
      Callable<Map<String, Integer>> sender = () -> send(random, endNanos, most);
      running.add(senders.submit(sender));
    }
    for (Future<Map<String, Integer>> sender : running) {
      sender.get().forEach((outcome, count) -> outcomes.merge(outcome, count, Integer::sum));
    }
  }

  private Map<String, Integer> send(SplittableRandom random, long endNanos, int most)
      throws IOException {
    Map<String, Integer> seen = new TreeMap<>();
    BadInput[] kinds = BadInput.values();
    for (int i = 0; i < most && System.nanoTime() < endNanos; i++) {
      BadInput kind = kinds[random.nextInt(kinds.length)];
      byte[] input = kind.bytes(new Noise(random.split(), stranger));
      String outcome = BadAnswers.check(server.endpoint(), kind, input);
      seen.merge(kind + ": " + outcome, 1, Integer::sum);
    }
    return seen;
  }

  /** Takes away what the senders were allowed to leave. */
  private void clean() {
    var shown = Tokens.shownOn(channel, root);
    LeaseGrpc.LeaseBlockingStub leases = LeaseGrpc.newBlockingStub(shown);
    for (LeaseStatus lease :
        leases.leaseLeases(LeaseLeasesRequest.getDefaultInstance()).getLeasesList()) {
      var revoked =
          leases.leaseRevoke(LeaseRevokeRequest.newBuilder().setID(lease.getID()).build());
      assertThat(revoked.hasHeader()).isTrue();
    }
    KVGrpc.KVBlockingStub kv = KVGrpc.newBlockingStub(shown);
    for (String range : List.of("ae", "lm")) {
      var deleted =
          kv.deleteRange(
              DeleteRangeRequest.newBuilder()
                  .setKey(ByteString.copyFromUtf8(range.substring(0, 1)))
                  .setRangeEnd(ByteString.copyFromUtf8(range.substring(1)))
                  .build());
      var compacted =
          kv.compact(
              CompactionRequest.newBuilder()
                  .setRevision(deleted.getHeader().getRevision())
                  .setPhysical(true)
                  .build());
      assertThat(compacted.hasHeader()).isTrue();
    }
  }

  private Held held() throws IOException, InterruptedException {
    return new Held(Footprint.of(server.pid()), JvmTools.liveBytes(server.pid()));
  }

  private void awaitRecovery(Held before) throws Exception {
    Await.until(
        "files, threads and memory are back where they were, " + before,
        RECOVERY,
        () -> {
          Held now = held();
          assertThat(now.footprint().files()).isLessThanOrEqualTo(before.footprint().files() + 5);
          assertThat(now.footprint().threads())
              .isLessThanOrEqualTo(before.footprint().threads() + 10);
          assertThat(now.heapBytes()).isLessThan(before.heapBytes() + HEAP_SLACK_BYTES);
          return true;
        });
    System.out.println("after: " + held());
  }

  @Override
  public void close() {
    senders.shutdownNow();
    bystanders.close();
    channel.shutdownNow();
  }
}
