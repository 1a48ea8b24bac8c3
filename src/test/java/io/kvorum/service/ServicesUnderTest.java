package io.kvorum.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.apply.Alarms;
import io.kvorum.apply.Applier;
import io.kvorum.auth.AuthListener;
import io.kvorum.auth.AuthView;
import io.kvorum.auth.SimpleTokens;
import io.kvorum.consensus.Consensus;
import io.kvorum.consensus.ConsensusStatus;
import io.kvorum.lease.LeaseClock;
import io.kvorum.lease.LeaseView;
import io.kvorum.lease.Lessor;
import io.kvorum.log.ProtobufCommandCodec;
import io.kvorum.membership.MemberPromotion;
import io.kvorum.membership.MemberView;
import io.kvorum.model.AuthCommand;
import io.kvorum.model.Bytes;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.Command;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.Permission;
import io.kvorum.model.Principal;
import io.kvorum.model.RequestException;
import io.kvorum.model.Result;
import io.kvorum.mvcc.CompactionHashes;
import io.kvorum.mvcc.MvccStore;
import io.kvorum.mvcc.StoreSettings;
import io.kvorum.mvcc.history.InMemoryHistory;
import io.kvorum.support.MemoryBudget;
import io.kvorum.testing.Admitted;
import io.kvorum.testing.NoFreshHistory;
import io.kvorum.watch.SimulatedHub;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The services of one member over its real state, where the test says who leads, who has caught up
 * and who is connected. What is proposed is applied at once, or held, or refused. One thread, which
 * also steps the watch hub.
 */
public final class ServicesUnderTest implements AutoCloseable {
  /** etcd's defaults. */
  public static final ClusterRules DEFAULT_RULES = new ClusterRules(true, 1);

  static final long SELF = 1;
  static final long NOW_SECONDS = 1_700_000_000;
  static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(7);

  final MemberView members;
  final LeaseView leases;
  final List<Command> proposed = new ArrayList<>();
  final Set<Long> inSync = new HashSet<>();
  final List<String> asked = new ArrayList<>();
  final Map<Long, Duration> connectedFor = new HashMap<>();
  final Lessor lessor;
  final Services services;
  final MvccStore store;
  final Consensus consensus = new DecidedConsensus();
  final Scheduler scheduler = new OwnDelays();
  final AuthParts authParts = AuthParts.defaults();
  final SimulatedHub hub;
  private final Applier applier;
  private final Deque<Runnable> held = new ArrayDeque<>();
  private final PriorityQueue<Later> later =
      new PriorityQueue<>(Comparator.comparingLong(Later::nanos));
  private long index;
  private long nowNanos;
  private boolean isHolding;
  long leaderId = SELF;

  /** If set, proposals fail with it, and nothing is done. */
  @Nullable ErrorCode refusal;

  /** If set, proposals fail with it although they are applied. */
  @Nullable ErrorCode lostAnswer;

  CompletableFuture<Void> confirmation = CompletableFuture.completedFuture(null);

  /** Runs what is large or looks at all. */
  Executor workers = Runnable::run;

  PeerHashes otherHashes = PeerHashes.NONE;
  CompletableFuture<Long> otherLeases = refused();
  CompletableFuture<List<ClusterMember>> otherPromotion = refused();

  public ServicesUnderTest(ClusterRules rules, ClusterMember... founders) {
    this(rules, MemoryBudget.unlimited(), founders);
  }

  ServicesUnderTest(ClusterRules rules, MemoryBudget memory, ClusterMember... founders) {
    store =
        new MvccStore(
            new InMemoryHistory(),
            new StoreSettings(1 << 20, 1 << 20, 1 << 20),
            CompactionHashes.computedBy(Runnable::run),
            failure -> {
              throw new AssertionError(failure);
            });
    hub = new SimulatedHub(store, () -> nowNanos, new Random(7));
    applier = new Applier(store, hub::publish, AuthListener.NONE);
    members = applier.view().members();
    leases = applier.view().leases();
    lessor = new Lessor(leases, () -> nowNanos);
    lessor.start(consensus::propose);
    try {
      applier.open(store.open());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    applier.foundIfNew(List.of(founders));
    services =
        new Services(
            new Identity(77, SELF, "m1"),
            new ServiceSettings(
                new ClientLimits(1 << 20, 128, 4 << 20), -1, 2, REQUEST_TIMEOUT, rules),
            authParts,
            applier.view(),
            lessor,
            consensus,
            new ProtobufCommandCodec(),
            hub.hub(),
            this::isConnectedSince,
            new OtherLeases(),
            otherPromotion(),
            (member, question, timeout) -> otherHashes.ask(member, question, timeout),
            memory,
            task -> workers.execute(task),
            Runnable::run,
            NoFreshHistory::new,
            () -> 42,
            Clock.fixed(Instant.ofEpochSecond(NOW_SECONDS), ZoneOffset.UTC),
            scheduler);
  }

  public static ClusterMember voter(long id) {
    return new ClusterMember(id, "m" + id, List.of("http://m" + id + ":2380"), List.of(), false);
  }

  public static ClusterMember learner(long id) {
    return new ClusterMember(id, "m" + id, List.of("http://m" + id + ":2380"), List.of(), true);
  }

  public static ClusterMember unstarted(long id) {
    return new ClusterMember(id, "", List.of("http://m" + id + ":2380"), List.of(), false);
  }

  Alarms alarms() {
    return applier.view().alarms();
  }

  AuthView auth() {
    return applier.view().auth();
  }

  /** For tests of the faces. */
  public ClusterService cluster() {
    return services.cluster();
  }

  /** For tests of the faces. */
  public KvService kv() {
    return services.kv();
  }

  /** For tests of the faces. */
  public ElectionService election() {
    return services.election();
  }

  /** Turns auth on, with the user root. */
  void enableAuth() {
    consensus.propose(new AuthCommand.AddUser("root", Bytes.EMPTY, true)).join();
    consensus.propose(new AuthCommand.GrantRole("root", "root")).join();
    consensus.propose(new AuthCommand.Enable()).join();
  }

  /** Adds a user who may do that with keys from the first to before the end. */
  void addUser(String name, int permission, String key, String end) {
    administer(new AuthCommand.AddUser(name, Bytes.EMPTY, true));
    administer(new AuthCommand.AddRole(name));
    administer(new AuthCommand.GrantRole(name, name));
    administer(
        new AuthCommand.GrantPermission(
            name, new Permission(permission, Bytes.utf8(key), Bytes.utf8(end))));
  }

  /** Has root change users or roles. */
  void administer(AuthCommand change) {
    Principal root = new Principal("root", 1);
    assertThat(consensus.propose(new Command.Stamped(root, change)).join())
        .isInstanceOf(Result.AuthChange.class);
  }

  /** What a client may do that shows a token of a user, which may be unknown. */
  Access accessOf(String user) {
    SimpleTokens tokens = (SimpleTokens) authParts.tokens();
    tokens.start();
    String letters = tokens.draw();
    tokens.tokenGranted(user, tokens.hashOf(letters), index);
    return services.access().of(Admitted.SOMEBODY.withToken(tokens.token(letters, index)));
  }

  static <T> CompletableFuture<T> refused() {
    return CompletableFuture.failedFuture(new RequestException(ErrorCode.NOT_LEADER));
  }

  void connect(long... ids) {
    for (long id : ids) {
      connectedFor.put(id, Duration.ofMinutes(1));
    }
  }

  void passSeconds(long seconds) {
    passMillis(TimeUnit.SECONDS.toMillis(seconds));
  }

  /** Has the watch hub do all that is due. */
  public void stepHub() {
    while (hub.step()) {}
  }

  /** What is proposed from now on waits for {@link #release}. */
  void hold() {
    isHolding = true;
  }

  /** Applies what was held, in order, and what is proposed from now on at once. */
  void release() {
    isHolding = false;
    for (Runnable decision = held.poll(); decision != null; decision = held.poll()) {
      decision.run();
    }
  }

  /** Does on the way what is to be done then. */
  void passMillis(long millis) {
    long until = nowNanos + TimeUnit.MILLISECONDS.toNanos(millis);
    while (!later.isEmpty() && later.peek().nanos() <= until) {
      Later next = later.remove();
      nowNanos = next.nanos();
      next.task().run();
    }
    nowNanos = until;
  }

  private boolean isConnectedSince(long id, Duration atLeast) {
    Duration connected = connectedFor.get(id);
    return connected != null && connected.compareTo(atLeast) >= 0;
  }

  private MemberPromotion otherPromotion() {
    return id -> {
      asked.add("promote " + id);
      return otherPromotion;
    };
  }

  @Override
  public void close() throws IOException {
    store.close();
  }

  private record Later(long nanos, Runnable task) {}

  private final class OwnDelays implements Scheduler {
    @Override
    public long nanoTime() {
      return nowNanos;
    }

    @Override
    public void runAfter(Duration delay, Runnable task) {
      later.add(new Later(nowNanos + delay.toNanos(), task));
    }
  }

  private final class OtherLeases implements LeaseClock {
    @Override
    public CompletableFuture<Long> renew(long leaseId) {
      asked.add("renew " + leaseId);
      return otherLeases;
    }

    @Override
    public CompletableFuture<Long> remainingSeconds(long leaseId) {
      asked.add("remaining " + leaseId);
      return otherLeases;
    }
  }

  /** Whatever is proposed is decided and applied by itself. */
  private final class DecidedConsensus implements Consensus {
    @Override
    public CompletableFuture<Result> propose(Command command) {
      proposed.add(command);
      if (refusal != null) {
        return CompletableFuture.failedFuture(new RequestException(refusal));
      }
      CompletableFuture<Result> answer = new CompletableFuture<>();
      ErrorCode lost = lostAnswer;
      Runnable decision =
          () -> {
            Result result = applier.apply(++index, 1, List.of(command)).get(0);
            if (lost == null) {
              answer.complete(result);
            } else {
              answer.completeExceptionally(new RequestException(lost));
            }
          };
      if (isHolding) {
        held.add(decision);
      } else {
        decision.run();
      }
      return answer;
    }

    @Override
    public CompletableFuture<Void> readIndex() {
      return confirmation;
    }

    @Override
    public CompletableFuture<Void> transferLeadership(long memberId) {
      leaderId = memberId;
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public boolean isVoter(long memberId) {
      return true;
    }

    @Override
    public boolean isInSync(long memberId) {
      return leaderId == SELF && inSync.contains(memberId);
    }

    @Override
    public ConsensusStatus status() {
      return new ConsensusStatus(1, leaderId, leaderId == SELF, index, index, 0, 0, 0, 0, 1);
    }

    @Override
    public void start() {}

    @Override
    public void close() {}
  }
}
