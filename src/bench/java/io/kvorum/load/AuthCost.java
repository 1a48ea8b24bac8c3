package io.kvorum.load;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.kvorum.proto.authpb.Permission;
import io.kvorum.proto.etcdserverpb.AuthEnableRequest;
import io.kvorum.proto.etcdserverpb.AuthGrpc;
import io.kvorum.proto.etcdserverpb.AuthRoleAddRequest;
import io.kvorum.proto.etcdserverpb.AuthRoleGrantPermissionRequest;
import io.kvorum.proto.etcdserverpb.AuthUserAddRequest;
import io.kvorum.proto.etcdserverpb.AuthUserGrantRoleRequest;
import io.kvorum.proto.etcdserverpb.AuthenticateRequest;
import io.kvorum.testing.Channels;
import io.kvorum.testing.ServerKind;
import io.kvorum.testing.ServerProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Measures what auth costs: two servers of each kind hold the same keys, one of them asks who
 * calls, and both are loaded in turn. Prints the rates of each round, since their ratios tell more
 * than medians where rounds differ more than servers do.
 */
@Command(
    name = "bench/auth",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Measures what users, roles and tokens cost.")
public final class AuthCost implements Callable<Integer> {
  private static final String PASSWORD = "of a benchmark";
  private static final int PERMISSIONS_OF_ROLE = 5;

  @Option(names = "--data", required = true, description = "empty directory for data and logs")
  private Path data = Path.of(".");

  @Option(
      names = "--scenarios",
      split = ",",
      defaultValue = "get-128x8,put-128x8,get-1x1,json-get-32,json-put-32",
      description = "names of cases of bench/run (${DEFAULT-VALUE})")
  private List<String> scenarios = new ArrayList<>();

  @Option(names = "--only", description = "one kind of server: KVORUM, ETCD")
  private @Nullable ServerKind only;

  @Option(names = "--users", defaultValue = "100", description = "beside root (${DEFAULT-VALUE})")
  private int users;

  @Option(names = "--roles", defaultValue = "20", description = "beside root (${DEFAULT-VALUE})")
  private int roles;

  @Option(names = "--rounds", defaultValue = "5", description = "runs of each case and server")
  private int rounds;

  @Option(names = "--seconds", defaultValue = "5", description = "counted per run")
  private double seconds;

  @Option(
      names = "--server-warmup",
      defaultValue = "20",
      description = "seconds of load per server and kind of work before the first run of the kind")
  private double serverWarmup;

  /** Runs from the command line; exit status 1 if a run had errors. */
  public static void main(String[] args) {
    System.exit(
        new CommandLine(new AuthCost())
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setExecutionExceptionHandler(LoadGenerator::complain)
            .execute(args));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    List<BenchmarkCase> cases =
        BenchmarkCase.blocks(scenarios).stream().flatMap(List::stream).toList();
    System.out.println(Machine.description(only != ServerKind.KVORUM));
    System.out.println(
        "| server | case | off op/s | on op/s | on / off | CPU µs off | CPU µs on |");
    System.out.println("|---|---|---|---|---|---|---|");
    boolean failed = false;
    for (ServerKind kind : List.of(ServerKind.ETCD, ServerKind.KVORUM)) {
      if (only == null || only == kind) {
        failed |= !measure(kind, cases);
      }
    }
    return failed ? 1 : 0;
  }

  private boolean measure(ServerKind kind, List<BenchmarkCase> cases)
      throws IOException, InterruptedException {
    try (ServerProcess open = start(kind, "open");
        ServerProcess guarded = start(kind, "guarded");
        Network nobody = new Network(1)) {
      Contender off = new Contender(kind, List.of(open), nobody);
      List<String> fill = List.of("--scenario", "fill", "--in-flight", "32", "--connections", "4");
      off.load("fill", fill);
      new Contender(kind, List.of(guarded), nobody).load("fill", fill);
      try (Network user = new Network(1, null, guard(guarded))) {
        Contender on = new Contender(kind, List.of(guarded), user);
        for (BenchmarkCase one : cases) {
          measure(one, off, on);
        }
        return off.failures().isEmpty() && on.failures().isEmpty();
      }
    }
  }

  private ServerProcess start(ServerKind kind, String name)
      throws IOException, InterruptedException {
    List<String> flags = new ArrayList<>(Pruning.flags(kind));
    flags.add("--bcrypt-cost=4");
    Path directory = data.resolve(kind.name().toLowerCase(Locale.ROOT) + "-" + name);
    return ServerProcess.start(kind, directory, flags, Map.of());
  }

  /** Makes users and roles, turns auth on, and returns the token of an ordinary user. */
  private String guard(ServerProcess server) {
    ManagedChannel channel = Channels.to(server.endpoint());
    try {
      AuthGrpc.AuthBlockingStub auth = AuthGrpc.newBlockingStub(channel);
      addUser(auth, "root");
      auth.roleAdd(AuthRoleAddRequest.newBuilder().setName("root").build());
      grant(auth, "root", "root");
      for (int role = 0; role < roles; role++) {
        addRole(auth, "role-" + role, role);
      }
      for (int user = 0; user < users; user++) {
        addUser(auth, "user-" + user);
        grant(auth, "user-" + user, "role-" + user % roles);
        grant(auth, "user-" + user, "role-" + (user + 1) % roles);
      }
      auth.authEnable(AuthEnableRequest.getDefaultInstance());
      return auth.authenticate(
              AuthenticateRequest.newBuilder()
                  .setName("user-" + users / 2)
                  .setPassword(PASSWORD)
                  .build())
          .getToken();
    } finally {
      channel.shutdownNow();
    }
  }

  private static void addUser(AuthGrpc.AuthBlockingStub auth, String name) {
    auth.userAdd(AuthUserAddRequest.newBuilder().setName(name).setPassword(PASSWORD).build());
  }

  private static void grant(AuthGrpc.AuthBlockingStub auth, String user, String role) {
    auth.userGrantRole(AuthUserGrantRoleRequest.newBuilder().setUser(user).setRole(role).build());
  }

  /** Adds a role with a few ranges that only it has, and the keys of the load. */
  private static void addRole(AuthGrpc.AuthBlockingStub auth, String name, int number) {
    auth.roleAdd(AuthRoleAddRequest.newBuilder().setName(name).build());
    permit(auth, name, "kvorum/load/", "kvorum/load0");
    for (int i = 1; i < PERMISSIONS_OF_ROLE; i++) {
      String prefix = "of/" + number + "/" + i;
      permit(auth, name, prefix + "/", prefix + "0");
    }
  }

  private static void permit(AuthGrpc.AuthBlockingStub auth, String role, String from, String to) {
    auth.roleGrantPermission(
        AuthRoleGrantPermissionRequest.newBuilder()
            .setName(role)
            .setPerm(
                Permission.newBuilder()
                    .setPermType(Permission.Type.READWRITE)
                    .setKey(ByteString.copyFromUtf8(from))
                    .setRangeEnd(ByteString.copyFromUtf8(to)))
            .build());
  }

  /** Rounds of one case, the order of the two alternating. */
  private void measure(BenchmarkCase one, Contender off, Contender on)
      throws IOException, InterruptedException {
    off.warmUp(one.warmth(), serverWarmup);
    on.warmUp(one.warmth(), serverWarmup);
    List<String> length = List.of("--warmup", "2", "--seconds", seconds + "");
    for (int round = 0; round < rounds; round++) {
      List<Contender> order = new ArrayList<>(List.of(off, on));
      if (round % 2 == 1) {
        Collections.reverse(order);
      }
      for (Contender each : order) {
        off.settle();
        on.settle();
        each.measure(one, length);
      }
    }
    report(one, off, on);
  }

  private static void report(BenchmarkCase one, Contender off, Contender on) {
    List<LoadResult> without = off.results(one.name());
    List<LoadResult> with = on.results(one.name());
    List<String> ratios = new ArrayList<>();
    for (int i = 0; i < Math.min(without.size(), with.size()); i++) {
      ratios.add(
          String.format(Locale.ROOT, "%.2f", with.get(i).perSecond() / without.get(i).perSecond()));
    }
    System.out.printf(
        "| %s | %s | %s | %s | %s | %s | %s |%n",
        off.kind().name().toLowerCase(Locale.ROOT),
        one.name(),
        rates(without),
        rates(with),
        String.join(" ", ratios),
        costs(without),
        costs(with));
  }

  private static String rates(List<LoadResult> results) {
    return results.stream()
        .map(result -> String.format(Locale.ROOT, "%,.0f", result.perSecond()))
        .collect(Collectors.joining(" "));
  }

  private static String costs(List<LoadResult> results) {
    return results.stream()
        .map(result -> String.format(Locale.ROOT, "%.1f", result.cpuMicrosPerOperation()))
        .collect(Collectors.joining(" "));
  }
}
