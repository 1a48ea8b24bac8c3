package io.kvorum.boot;

import io.kvorum.boot.ClusterStart.OnDisk;
import io.kvorum.boot.IdentityFile.Stage;
import io.kvorum.boot.StartPlan.Found;
import io.kvorum.boot.StartPlan.Join;
import io.kvorum.boot.StartPlan.Restart;
import io.kvorum.boot.config.DataDirectory;
import io.kvorum.boot.config.MemberConfig;
import io.kvorum.boot.config.MemberUrl;
import io.kvorum.boot.config.UrlComparison;
import io.kvorum.consensus.hazelcast.RaftIdentity;
import io.kvorum.derby.DerbyHistory;
import io.kvorum.derby.HistoryDirectories;
import io.kvorum.model.ClusterMember;
import io.kvorum.mvcc.MvccStore;
import io.kvorum.mvcc.SnapshotStaging;
import io.kvorum.mvcc.StoreSettings;
import io.kvorum.peer.PeerClient;
import io.kvorum.peer.PeerIdentity;
import io.kvorum.peer.PeerSettings;
import io.kvorum.service.Identity;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/**
 * The beginning of a member's life, up to where its core can be opened: who it is, with whom it
 * founds a cluster, or the state of the cluster that it joins. Used by one thread, once.
 */
final class MemberStart {
  private static final System.Logger LOG = System.getLogger(MemberStart.class.getName());
  private static final Duration DESCRIBE_TIMEOUT = Duration.ofSeconds(3);
  private static final Duration ASK_AGAIN_AFTER = Duration.ofSeconds(1);
  private static final Duration GIVE_UP_ASKING_AFTER = Duration.ofSeconds(20);
  private static final Duration GIVE_UP_JOINING_AFTER = Duration.ofMinutes(2);

  private final MemberConfig config;
  private final DataDirectory directory;
  private final HistoryDirectories histories;
  private final StoreSettings store;
  private final IdentityFile file;

  MemberStart(
      MemberConfig config,
      DataDirectory directory,
      HistoryDirectories histories,
      StoreSettings store) {
    this.config = config;
    this.directory = directory;
    this.histories = histories;
    this.store = store;
    this.file = new IdentityFile(directory.member());
  }

  /**
   * Who a member is.
   *
   * @param founders the members of a new cluster; for one that restarts, what it takes itself for
   *     if its state names no members, as those of older versions do
   */
  record Outcome(Identity identity, RaftIdentity raft, List<ClusterMember> founders) {}

  /**
   * Decides what this start is, and prepares it.
   *
   * @throws io.kvorum.boot.config.ConfigurationException if the settings do not allow it
   * @throws IOException if the disk or the other members do not
   */
  Outcome run() throws IOException {
    try (PeerClient client = new PeerClient(PeerSettings.of(List.of()), new Random())) {
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

  /** Log and state are durable: from now on the settings of the first start do not count. */
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
    LOG.log(
        Level.INFO,
        "joins cluster {0} as member {1}: pulling the state",
        Long.toHexString(identity.clusterId()),
        Long.toHexString(identity.memberId()));
    try (MvccStore place =
            new MvccStore(new DerbyHistory(histories.current()), store, failure -> {});
        SnapshotStaging staged =
            client.pullState(
                new PeerIdentity(identity.clusterId(), identity.memberId()),
                plan.members(),
                1,
                new DirectoryStagingArea(histories, place::stage),
                GIVE_UP_JOINING_AFTER)) {
      LOG.log(
          Level.INFO,
          "the state has arrived, up to entry {0}",
          String.valueOf(staged.header().index()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while joining", e);
    }
    histories.makeCurrent();
    return new Outcome(identity, RaftIdentity.joining(identity.memberId()), List.of());
  }

  private Outcome restart(Restart plan) throws IOException {
    plan.note().ifPresent(note -> LOG.log(Level.INFO, note));
    Identity identity = plan.identity();
    file.save(identity, Stage.MEMBER);
    boolean isSole = soleIdentity().equals(identity);
    RaftIdentity raft =
        new RaftIdentity(
            identity.memberId(),
            isSole ? Set.of(identity.memberId()) : Set.of(),
            false,
            plan.forceNewCluster());
    ClusterMember self =
        new ClusterMember(
            identity.memberId(),
            config.name(),
            MemberUrl.texts(config.peers().advertised()),
            List.of(),
            false);
    return new Outcome(identity, raft, List.of(self));
  }

  private Identity soleIdentity() {
    return Identity.ofFirstMember(
        config.name(),
        MemberUrl.texts(config.peers().advertised()),
        config.peers().initialClusterToken());
  }

  /**
   * Who joins needs the answer of a leader, and they may be starting, or electing one, or busy;
   * founders often get none.
   */
  private List<PeerDirectory.ClusterDescription> ask(PeerClient client, List<MemberUrl> urls) {
    long deadline = System.nanoTime() + GIVE_UP_ASKING_AFTER.toNanos();
    List<PeerDirectory.ClusterDescription> answers = describe(client, urls);
    while (config.peers().isExisting()
        && answers.stream().noneMatch(PeerDirectory.ClusterDescription::isOfLeader)
        && System.nanoTime() < deadline) {
      String who = answers.isEmpty() ? "member" : "leader";
      LOG.log(Level.INFO, "no {0} of the cluster answers at {1}: asking again", who, urls);
      try {
        Thread.sleep(ASK_AGAIN_AFTER.toMillis());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return answers;
      }
      answers = describe(client, urls);
    }
    return answers;
  }

  private static List<PeerDirectory.ClusterDescription> describe(
      PeerClient client, List<MemberUrl> urls) {
    List<CompletableFuture<PeerDirectory.ClusterDescription>> answers = new ArrayList<>();
    for (MemberUrl url : urls) {
      answers.add(CompletableFuture.supplyAsync(() -> describe(client, url)));
    }
    return answers.stream()
        .map(answer -> answer.exceptionally(MemberStart::nobody).join())
        .filter(description -> !description.members().isEmpty())
        .toList();
  }

  private static PeerDirectory.ClusterDescription describe(PeerClient client, MemberUrl url) {
    try {
      io.kvorum.peer.ClusterDescription answer = client.describe(url.toString(), DESCRIBE_TIMEOUT);
      return new PeerDirectory.ClusterDescription(
          answer.clusterId(), answer.members(), answer.leaderId() == answer.memberId());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** Members that are founded together start together: most do not listen yet. */
  private static PeerDirectory.ClusterDescription nobody(Throwable failure) {
    LOG.log(Level.DEBUG, "no answer: {0}", failure.getMessage());
    return new PeerDirectory.ClusterDescription(0, List.of(), false);
  }
}
