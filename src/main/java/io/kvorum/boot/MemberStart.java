package io.kvorum.boot;

import io.kvorum.boot.ClusterStart.OnDisk;
import io.kvorum.boot.IdentityFile.Stage;
import io.kvorum.boot.StartPlan.Found;
import io.kvorum.boot.StartPlan.Join;
import io.kvorum.boot.StartPlan.Restart;
import io.kvorum.boot.config.DataDirectory;
import io.kvorum.boot.config.MemberConfig;
import io.kvorum.boot.config.UrlComparison;
import io.kvorum.consensus.RaftIdentity;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.MemberUrl;
import io.kvorum.mvcc.MvccStore;
import io.kvorum.mvcc.SnapshotStaging;
import io.kvorum.peer.ClusterDescription;
import io.kvorum.peer.PeerIdentity;
import io.kvorum.peer.PeerSettings;
import io.kvorum.peer.grpc.PeerClient;
import io.kvorum.service.Identity;
import io.kvorum.support.Futures;
import io.kvorum.support.Log;
import io.kvorum.tls.PeerTls;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;

/**
 * Prepares a start up to where the member can be assembled: finds its identity, and the members
 * with which it founds a cluster, or fetches a snapshot from the cluster that it joins. Used by one
 * thread, once.
 *
 * <p>Held by: WholeMemberTest, ClusterStartTest.
 */
final class MemberStart {
  private static final Log LOG = Log.of(MemberStart.class);
  private static final Duration DESCRIBE_TIMEOUT = Duration.ofSeconds(3);
  private static final Duration ASK_AGAIN_AFTER = Duration.ofSeconds(1);
  private static final Duration GIVE_UP_ASKING_AFTER = Duration.ofSeconds(20);
  private static final Duration GIVE_UP_JOINING_AFTER = Duration.ofMinutes(2);

  private final PartSettings settings;
  private final MemberConfig config;
  private final DataDirectory directory;
  private final Databases databases;
  private final PeerTls tls;
  private final IdentityFile file;

  /** Why members could not be asked, so that it is logged once. */
  private final Set<String> reported = ConcurrentHashMap.newKeySet();

  MemberStart(PartSettings settings, DataDirectory directory, Databases databases, PeerTls tls) {
    this.settings = settings;
    this.config = settings.config();
    this.directory = directory;
    this.databases = databases;
    this.tls = tls;
    this.file = new IdentityFile(directory.member());
  }

  /**
   * The identity of a member, and what it starts with.
   *
   * @param founders the members of a new cluster; on a restart this member alone, for stores of
   *     older versions, which have no table of members
   */
  record Outcome(Identity identity, RaftIdentity raft, List<ClusterMember> founders) {}

  /**
   * Decides what this start is, and does what must be done before the member is assembled.
   *
   * @throws io.kvorum.boot.config.ConfigurationException if the settings do not allow it
   * @throws IOException if the disk or the other members do not allow it
   */
  Outcome run() throws IOException {
    try (PeerClient client = new PeerClient(PeerSettings.of(List.of()), tls, new Random())) {
      UrlComparison comparison = UrlComparison.byResolver();
      SrvDiscovery discovery = new SrvDiscovery(SrvDiscovery.SYSTEM_SERVERS, comparison);
      StartPlan plan =
          new ClusterStart(
                  config.name(),
                  config.peers(),
                  service -> discovery.members(service, config.name(), config.peers().advertised()),
                  urls -> ask(client, urls),
                  comparison)
              .decide(OnDisk.in(directory, config.name()));
      if (plan instanceof Found found) {
        return found(found);
      }
      if (plan instanceof Join join) {
        return join(join, client);
      }
      return restart((Restart) plan);
    }
  }

  /** Records that log and store are durable: settings of the first start no longer apply. */
  void completed(Identity identity) throws IOException {
    file.save(identity, Stage.MEMBER);
  }

  private Outcome found(Found plan) throws IOException {
    file.save(plan.identity(), Stage.FOUNDING);
    Set<Long> ids =
        plan.members().stream().map(ClusterMember::id).collect(Collectors.toUnmodifiableSet());
    return new Outcome(
        plan.identity(), RaftIdentity.of(plan.identity().memberId(), ids), plan.members());
  }

  private Outcome join(Join plan, PeerClient client) throws IOException {
    Identity identity = plan.identity();
    file.save(identity, Stage.JOINING);
    LOG.info(
        "joining cluster {} as member {}: fetching a snapshot",
        Long.toHexString(identity.clusterId()),
        identity.label());
    try (MvccStore place =
            new MvccStore(databases.currentHistory(), settings.store(), failure -> {});
        SnapshotStaging staged =
            client.receiveSnapshot(
                new PeerIdentity(identity.clusterId(), identity.memberId()),
                plan.members(),
                1,
                new DirectoryStagingArea(
                    databases.histories(), where -> place.stage(databases.history(where))),
                GIVE_UP_JOINING_AFTER)) {
      LOG.info("received a snapshot up to entry {}", staged.header().index());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while joining", e);
    }
    databases.histories().makeCurrent();
    return new Outcome(identity, RaftIdentity.joining(identity.memberId()), List.of());
  }

  private Outcome restart(Restart plan) throws IOException {
    plan.note().ifPresent(LOG::info);
    Identity identity = plan.identity();
    file.save(identity, Stage.MEMBER);
    boolean isSole = soleIdentity().equals(identity);
    RaftIdentity raft =
        new RaftIdentity(
            identity.memberId(),
            isSole ? Set.of(identity.memberId()) : Set.of(),
            false,
            plan.forceNewCluster());
    return new Outcome(identity, raft, List.of(settings.self(identity.memberId())));
  }

  private Identity soleIdentity() {
    return Identity.ofFirstMember(
        config.name(),
        MemberUrl.texts(config.peers().advertised()),
        config.peers().initialClusterToken());
  }

  /**
   * Asks members for their cluster. A joiner needs the answer of a leader, so it asks the one that
   * the others name too, and again for a while: the members may be starting, electing, or busy.
   * Founders often get no answer at all.
   */
  private List<ClusterDescription> ask(PeerClient client, List<MemberUrl> urls) {
    if (!config.peers().isExisting()) {
      return describe(client, urls);
    }
    long deadline = System.nanoTime() + GIVE_UP_ASKING_AFTER.toNanos();
    List<ClusterDescription> answers = describeWithLeader(client, urls);
    while (hasNoLeader(answers) && System.nanoTime() < deadline) {
      String missing = answers.isEmpty() ? "member" : "leader";
      LOG.info("no {} of the cluster answers at {}, will retry", missing, urls);
      try {
        Thread.sleep(ASK_AGAIN_AFTER.toMillis());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return answers;
      }
      answers = describeWithLeader(client, urls);
    }
    return answers;
  }

  private static boolean hasNoLeader(List<ClusterDescription> answers) {
    return answers.stream().noneMatch(ClusterDescription::isOfLeader);
  }

  /** Where the settings lack the leader, only it can say for certain what else they lack. */
  private List<ClusterDescription> describeWithLeader(PeerClient client, List<MemberUrl> urls) {
    List<ClusterDescription> answers = describe(client, urls);
    if (!hasNoLeader(answers)) {
      return answers;
    }
    List<MemberUrl> leaders =
        answers.stream()
            .flatMap(answer -> answer.urlsOfLeader().stream())
            .distinct()
            .filter(url -> !urls.contains(url))
            .toList();
    return Stream.concat(answers.stream(), describe(client, leaders).stream()).toList();
  }

  /** Asks all at once; members that know of no cluster have just started, and do not count. */
  private List<ClusterDescription> describe(PeerClient client, List<MemberUrl> urls) {
    List<CompletableFuture<Optional<ClusterDescription>>> answers = new ArrayList<>();
    for (MemberUrl url : urls) {
      answers.add(
          CompletableFuture.supplyAsync(() -> describe(client, url)).exceptionally(this::none));
    }
    return answers.stream()
        .flatMap(answer -> answer.join().stream())
        .filter(description -> !description.members().isEmpty())
        .toList();
  }

  private Optional<ClusterDescription> describe(PeerClient client, MemberUrl url) {
    try {
      return Optional.of(client.describe(url.toString(), DESCRIBE_TIMEOUT));
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }

  /** Founders start together: most do not listen yet. What TLS refuses stays so. */
  private Optional<ClusterDescription> none(Throwable failure) {
    String reason = String.valueOf(Futures.cause(failure).getMessage());
    if (isOfTls(failure) && reported.add(reason)) {
      LOG.warning("cannot ask for the cluster at {}", reason);
    } else {
      LOG.debug("no answer: {}", reason);
    }
    return Optional.empty();
  }

  private static boolean isOfTls(Throwable failure) {
    for (Throwable each = failure; each != null; each = each.getCause()) {
      if (each instanceof SSLException) {
        return true;
      }
    }
    return false;
  }
}
