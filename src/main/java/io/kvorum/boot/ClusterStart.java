package io.kvorum.boot;

import io.kvorum.boot.IdentityFile.Stage;
import io.kvorum.boot.IdentityFile.Stored;
import io.kvorum.boot.PeerDirectory.Description;
import io.kvorum.boot.config.ConfigurationException;
import io.kvorum.boot.config.DataDirectory;
import io.kvorum.boot.config.InitialCluster;
import io.kvorum.boot.config.MemberUrl;
import io.kvorum.boot.config.Peers;
import io.kvorum.boot.config.SrvService;
import io.kvorum.boot.config.UrlComparison;
import io.kvorum.model.ClusterMember;
import io.kvorum.service.Identity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Decides what a start of a member is, from its settings, from what is on disk and from what the
 * other members say. It asks them, and may ask DNS, but changes nothing.
 *
 * <pre>
 * on disk                        settings            the others           this start
 * identity of a member           any                 are not asked        Restart
 * nothing                        state new           know no such member  Found
 * nothing                        state existing      have added it        Join
 * identity of a founder or joiner: as with nothing, under the ids that it has already
 * </pre>
 *
 * All else is refused with one line. Used by one thread, once.
 */
final class ClusterStart {

  /** What the member's directory holds. */
  record OnDisk(Optional<Stored> identity, boolean hasData) {

    /**
     * Looks at a directory, before anything in it is opened.
     *
     * @throws IOException if it cannot be read, or the file that says whose it is is damaged
     */
    static OnDisk in(DataDirectory directory, String memberName) throws IOException {
      return new OnDisk(
          new IdentityFile(directory.member()).load(memberName),
          hasFiles(directory.member().resolve("history")) || hasFiles(directory.wal()));
    }

    private static boolean hasFiles(Path directory) throws IOException {
      if (!Files.isDirectory(directory)) {
        return false;
      }
      try (Stream<Path> files = Files.list(directory)) {
        return files.findAny().isPresent();
      }
    }
  }

  /** What is to be done. */
  sealed interface Plan {
    Identity identity();
  }

  /**
   * Log and state are there: go on with them.
   *
   * @param forceNewCluster whether the member becomes a cluster of one
   * @param note a line for the log, if the settings do not fit what is on disk and do not count
   */
  record Restart(Identity identity, boolean forceNewCluster, Optional<String> note)
      implements Plan {}

  /**
   * Begin a cluster.
   *
   * @param members all that found it, in the order of their ids, the same for each of them
   */
  record Found(Identity identity, List<ClusterMember> members) implements Plan {}

  /**
   * Pull the state of a cluster that runs.
   *
   * @param members all that belong to it, this one included
   */
  record Join(Identity identity, List<ClusterMember> members) implements Plan {}

  private final String name;
  private final Peers peers;
  private final Function<SrvService, InitialCluster> discovery;
  private final PeerDirectory directory;
  private final UrlComparison comparison;

  /**
   * @param discovery what DNS tells; throws a {@link ConfigurationException} if it tells nothing
   */
  ClusterStart(
      String name,
      Peers peers,
      Function<SrvService, InitialCluster> discovery,
      PeerDirectory directory,
      UrlComparison comparison) {
    this.name = name;
    this.peers = peers;
    this.discovery = discovery;
    this.directory = directory;
    this.comparison = comparison;
  }

  /**
   * What this start is.
   *
   * @throws ConfigurationException with one line, if the member cannot start
   */
  Plan decide(OnDisk onDisk) {
    Optional<Stored> stored = onDisk.identity();
    if (stored.isPresent() && stored.get().stage() == Stage.MEMBER) {
      Identity identity = stored.get().identity();
      return new Restart(identity, peers.forceNewCluster(), note(identity));
    }
    if (stored.isEmpty() && onDisk.hasData()) {
      return withoutIdentity();
    }
    if (peers.forceNewCluster()) {
      throw new ConfigurationException(
          "--force-new-cluster needs the data of a member, but the data directory has none");
    }
    InitialCluster cluster =
        peers.discoverySrv().map(discovery).orElseGet(() -> peers.initialCluster());
    cluster.verify(name, peers.advertised(), comparison);
    if (stored.isPresent()) {
      Identity known = stored.get().identity();
      return stored.get().stage() == Stage.JOINING
          ? joinAgain(cluster, known)
          : found(cluster, known);
    }
    return peers.isExisting() ? join(cluster) : found(cluster);
  }

  /** The ids of a cluster of one can be derived again; others are not to be guessed. */
  private Restart withoutIdentity() {
    boolean isSole =
        !peers.isExisting()
            && peers.discoverySrv().isEmpty()
            && peers.initialCluster().members().size() == 1;
    if (!isSole) {
      throw new ConfigurationException(
          "the data directory has a log, but no file that says whose it is; put"
              + " identity.properties back, or remove the member and add it again with an empty"
              + " directory");
    }
    peers.initialCluster().verify(name, peers.advertised(), comparison);
    return new Restart(
        founders(peers.initialCluster()).identityOf(name),
        peers.forceNewCluster(),
        Optional.empty());
  }

  private Found found(InitialCluster cluster, Identity known) {
    Founders founders = founders(cluster);
    Identity derived = founders.identityOf(name);
    if (!derived.equals(known)) {
      throw new ConfigurationException(
          "the first start as member %x of cluster %x was not completed, and now the settings found cluster %x: use the former settings, or empty the data directory"
              .formatted(known.memberId(), known.clusterId(), derived.clusterId()));
    }
    return new Found(derived, founders.members());
  }

  private Found found(InitialCluster cluster) {
    Founders founders = founders(cluster);
    Identity derived = founders.identityOf(name);
    for (Description running : ask(cluster)) {
      if (running.clusterId() != derived.clusterId()) {
        throw new ConfigurationException(
            "members of --initial-cluster belong to cluster %x already, and the settings found cluster %x: to join, use --initial-cluster-state=existing"
                .formatted(running.clusterId(), derived.clusterId()));
      }
      ClusterMember self =
          running.members().stream()
              .filter(member -> member.id() == derived.memberId())
              .findFirst()
              .orElseThrow(() -> removed(derived));
      if (hasData(self)) {
        throw bootstrapped(self);
      }
    }
    return new Found(derived, founders.members());
  }

  private Join join(InitialCluster cluster) {
    List<Description> running = running(cluster);
    checkOneCluster(running);
    Join join = firstMatch(cluster, running);
    long id = join.identity().memberId();
    running.stream()
        .flatMap(description -> description.members().stream())
        .filter(member -> member.id() == id && hasData(member))
        .findFirst()
        .ifPresent(
            member -> {
              throw bootstrapped(member);
            });
    return join;
  }

  /** Not every answer is up to date: it is enough that one of them fits. */
  private Join firstMatch(InitialCluster cluster, List<Description> running) {
    ConfigurationException refusal = null;
    for (Description description : running) {
      try {
        ClusterMember self = new JoiningMember(name, cluster, description, comparison).find();
        return new Join(
            new Identity(description.clusterId(), self.id(), name), description.members());
      } catch (ConfigurationException mayLagBehind) {
        refusal = refusal == null ? mayLagBehind : refusal;
      }
    }
    throw refusal == null ? unreachable(cluster) : refusal;
  }

  /**
   * Whether the cluster may count on what the member once wrote: it has served, and it votes.
   * Without its log it could forget what it acknowledged; a learner acknowledges nothing.
   */
  private static boolean hasData(ClusterMember member) {
    return !member.clientUrls().isEmpty() && !member.isLearner();
  }

  /** It knows who it is, but not where the others are now, nor whether it still belongs to them. */
  private Join joinAgain(InitialCluster cluster, Identity known) {
    List<Description> running = running(cluster);
    checkOneCluster(running);
    if (running.get(0).clusterId() != known.clusterId()) {
      throw new ConfigurationException(
          "this member was about to join cluster %x, but the members of --initial-cluster belong to cluster %x"
              .formatted(known.clusterId(), running.get(0).clusterId()));
    }
    return running.stream()
        .map(Description::members)
        .filter(members -> members.stream().anyMatch(member -> member.id() == known.memberId()))
        .findFirst()
        .map(members -> new Join(known, members))
        .orElseThrow(() -> removed(known));
  }

  private List<Description> running(InitialCluster cluster) {
    List<Description> running = ask(cluster);
    if (running.isEmpty()) {
      throw unreachable(cluster);
    }
    return running;
  }

  /** Whoever knows no members has just been started itself. */
  private List<Description> ask(InitialCluster cluster) {
    List<MemberUrl> others = cluster.urlsOfOthers(name);
    return others.isEmpty()
        ? List.of()
        : directory.describe(others).stream()
            .filter(description -> !description.members().isEmpty())
            .toList();
  }

  private static void checkOneCluster(List<Description> running) {
    List<String> ids =
        running.stream()
            .map(description -> Long.toHexString(description.clusterId()))
            .distinct()
            .sorted()
            .toList();
    if (ids.size() > 1) {
      throw new ConfigurationException(
          "members of --initial-cluster belong to different clusters: " + String.join(", ", ids));
    }
  }

  /** A difference is usual, and worth a word only where the settings name another cluster. */
  private Optional<String> note(Identity identity) {
    if (peers.isExisting()
        || peers.discoverySrv().isPresent()
        || peers.initialCluster().urlsOf(name).isEmpty()) {
      return Optional.empty();
    }
    return founders(peers.initialCluster()).include(identity)
        ? Optional.empty()
        : Optional.of(
            "goes on as member %x of cluster %x, as the data directory says; --initial-cluster and its like count at the first start only"
                .formatted(identity.memberId(), identity.clusterId()));
  }

  private Founders founders(InitialCluster cluster) {
    return new Founders(cluster, peers.initialClusterToken(), peers.discoverySrv().isEmpty());
  }

  private ConfigurationException unreachable(InitialCluster cluster) {
    return new ConfigurationException(
        "cannot fetch cluster info from peer urls: could not retrieve cluster information from "
            + cluster.urlsOfOthers(name));
  }

  private static ConfigurationException bootstrapped(ClusterMember self) {
    return new ConfigurationException(
        "member %x has already been bootstrapped, and its data is not in this data directory: if it is lost, remove the member and add it again"
            .formatted(self.id()));
  }

  private static ConfigurationException removed(Identity identity) {
    return new ConfigurationException(
        "member %x has been removed from cluster %x; empty the data directory and add it again with etcdctl member add"
            .formatted(identity.memberId(), identity.clusterId()));
  }
}
