package io.kvorum.boot;

import io.kvorum.boot.IdentityFile.Stage;
import io.kvorum.boot.IdentityFile.Stored;
import io.kvorum.boot.StartPlan.Found;
import io.kvorum.boot.StartPlan.Restart;
import io.kvorum.boot.config.ConfigurationException;
import io.kvorum.boot.config.DataDirectory;
import io.kvorum.boot.config.InitialCluster;
import io.kvorum.boot.config.Peers;
import io.kvorum.boot.config.SrvService;
import io.kvorum.boot.config.UrlComparison;
import io.kvorum.derby.DatabaseDirectory;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.MemberUrl;
import io.kvorum.peer.ClusterDescription;
import io.kvorum.service.Identity;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Decides what a start of a member is, from its settings, from what is on disk and from the answers
 * of the other members. It may query them and DNS, but changes nothing.
 *
 * <pre>
 * on disk                        settings            the others           this start
 * identity of a member           any                 are not asked        Restart
 * nothing                        state new           know no such member  Found
 * nothing                        state existing      have added it        Join
 * identity of a founder or joiner: as with nothing, under the ids that it has already
 * </pre>
 *
 * Everything else is refused with one line. Used by one thread, once.
 */
final class ClusterStart {

  /** What the member's directory holds. */
  record OnDisk(Optional<Stored> identity, boolean hasData) {

    /**
     * Looks at a directory, before anything in it is opened.
     *
     * @throws IOException if it cannot be read, or the identity file is damaged
     */
    static OnDisk in(DataDirectory directory, String memberName) throws IOException {
      return new OnDisk(
          new IdentityFile(directory.member()).load(memberName),
          !DatabaseDirectory.isVacant(directory.member().resolve("history"))
              || !DatabaseDirectory.isVacant(directory.wal()));
    }
  }

  /**
   * The members that found a cluster together: each derives the same ids and records from the same
   * settings, without asking the others.
   *
   * @param token distinguishes clusters with the same URLs
   * @param areNamed whether every member knows all names; with DNS each knows only its own
   */
  private record Founders(InitialCluster cluster, String token, boolean areNamed) {

    Identity identityOf(String name) {
      return Identity.ofCluster(texts(), token, name);
    }

    /** Whether this is the identity of one of them; false if the settings make no sense. */
    boolean include(Identity identity) {
      try {
        return identityOf(identity.memberName()).equals(identity);
      } catch (IllegalArgumentException membersWithTheSameUrls) {
        return false;
      }
    }

    /** All of them, in the order of their ids. */
    List<ClusterMember> members() {
      return Identity.initialMembers(texts(), token).stream()
          .map(
              member ->
                  areNamed
                      ? member
                      : new ClusterMember(member.id(), "", member.peerUrls(), List.of(), false))
          .toList();
    }

    private Map<String, List<String>> texts() {
      Map<String, List<String>> texts = new LinkedHashMap<>();
      cluster.members().forEach((member, urls) -> texts.put(member, MemberUrl.texts(urls)));
      return texts;
    }
  }

  private final String name;
  private final Peers peers;
  private final Function<SrvService, InitialCluster> discovery;
  private final Function<List<MemberUrl>, List<ClusterDescription>> describe;
  private final UrlComparison comparison;

  /**
   * @param discovery looks SRV records up; throws a {@link ConfigurationException} if there are
   *     none
   * @param describe asks members for their cluster, and returns the answers in any order; blocks
   *     until all have answered or some time has passed
   */
  ClusterStart(
      String name,
      Peers peers,
      Function<SrvService, InitialCluster> discovery,
      Function<List<MemberUrl>, List<ClusterDescription>> describe,
      UrlComparison comparison) {
    this.name = name;
    this.peers = peers;
    this.discovery = discovery;
    this.describe = describe;
    this.comparison = comparison;
  }

  /**
   * What this start is.
   *
   * @throws ConfigurationException with one line, if the member cannot start
   */
  StartPlan decide(OnDisk onDisk) {
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
          ? existing(cluster).joinAgain(known)
          : foundAgain(cluster, known);
    }
    return peers.isExisting() ? existing(cluster).join(comparison) : found(cluster);
  }

  /** The ids of a cluster of one can be derived again; those of others must not be guessed. */
  private Restart withoutIdentity() {
    boolean isSole =
        !peers.isExisting()
            && peers.discoverySrv().isEmpty()
            && peers.initialCluster().members().size() == 1;
    if (!isSole) {
      throw new ConfigurationException(
          "the data directory has a log, but no identity.properties; restore that file, or remove"
              + " the member and add it again with an empty directory");
    }
    peers.initialCluster().verify(name, peers.advertised(), comparison);
    return new Restart(
        founders(peers.initialCluster()).identityOf(name),
        peers.forceNewCluster(),
        Optional.empty());
  }

  private Found found(InitialCluster cluster) {
    Founders founders = founders(cluster);
    Identity derived = founders.identityOf(name);
    existing(cluster).verifyFounder(derived);
    return new Found(derived, founders.members());
  }

  private Found foundAgain(InitialCluster cluster, Identity known) {
    Founders founders = founders(cluster);
    Identity derived = founders.identityOf(name);
    if (!derived.equals(known)) {
      throw new ConfigurationException(
          "the first start as member %s of cluster %x was not completed, and now the settings found cluster %x: use the former settings, or empty the data directory"
              .formatted(known.label(), known.clusterId(), derived.clusterId()));
    }
    return new Found(derived, founders.members());
  }

  private ExistingCluster existing(InitialCluster cluster) {
    List<MemberUrl> others = cluster.urlsOfOthers(name);
    return new ExistingCluster(
        name, cluster, others.isEmpty() ? List.of() : describe.apply(others));
  }

  /** A difference is usual, and only worth a line where the settings name another cluster. */
  private Optional<String> note(Identity identity) {
    if (peers.isExisting()
        || peers.discoverySrv().isPresent()
        || peers.initialCluster().urlsOf(name).isEmpty()) {
      return Optional.empty();
    }
    return founders(peers.initialCluster()).include(identity)
        ? Optional.empty()
        : Optional.of(
            "resuming as member %s of cluster %x from the data directory; --initial-* flags only apply to the first start"
                .formatted(identity.label(), identity.clusterId()));
  }

  private Founders founders(InitialCluster cluster) {
    return new Founders(cluster, peers.initialClusterToken(), peers.discoverySrv().isEmpty());
  }
}
