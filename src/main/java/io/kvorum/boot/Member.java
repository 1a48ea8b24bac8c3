package io.kvorum.boot;

import io.kvorum.boot.config.DataDirectory;
import io.kvorum.boot.config.MemberConfig;
import io.kvorum.consensus.Consensus;
import io.kvorum.derby.DerbyHistory;
import io.kvorum.derby.DerbyWal;
import io.kvorum.derby.HistoryDirectories;
import io.kvorum.grpc.ClientPort;
import io.kvorum.membership.MemberView;
import io.kvorum.mvcc.MvccStore;
import io.kvorum.ops.Timings;
import io.kvorum.peer.PeerStats;
import io.kvorum.service.ClientLimits;
import io.kvorum.service.RelayedConnections;
import io.kvorum.service.Services;
import io.kvorum.watch.WatchHub;
import java.io.IOException;
import java.util.function.Consumer;

/**
 * One member as its process sees it: open, start, close, and what its faces and its metrics need of
 * it. Holds the data directory. It needs no container; in one, {@code container.MemberLifecycle}
 * starts and stops it.
 *
 * <p>{@link #start} and {@link #close} are called by one thread.
 *
 * <p>Held by: WholeMemberTest.
 */
public final class Member implements AutoCloseable {
  private final PartSettings settings;
  private final DataDirectory directory;
  private final MemberStart starting;
  private final MemberStart.Outcome start;
  private final MemberAssembly parts;

  private Member(
      PartSettings settings,
      DataDirectory directory,
      MemberStart starting,
      MemberStart.Outcome start,
      MemberAssembly parts) {
    this.settings = settings;
    this.directory = directory;
    this.starting = starting;
    this.start = start;
    this.parts = parts;
  }

  /**
   * Takes the data directory, determines the member's identity, and wires everything.
   *
   * @param onFailure called with the reason why the member must stop at once
   * @throws IOException if the directory cannot be used, or the cluster cannot be joined
   */
  public static Member open(MemberConfig config, Consumer<Throwable> onFailure) throws IOException {
    DataDirectory directory = DataDirectory.hold(config);
    try {
      return open(config, directory, onFailure);
    } catch (IOException | RuntimeException e) {
      directory.close();
      throw e;
    }
  }

  /** Verifies all files before it opens any: what is refused has not been changed. */
  private static Member open(
      MemberConfig config, DataDirectory directory, Consumer<Throwable> onFailure)
      throws IOException {
    HistoryDirectories directories = HistoryDirectories.in(directory.member());
    new DerbyHistory(directories.current()).verify();
    DerbyWal log = new DerbyWal(directory.wal());
    log.verify();
    PartSettings settings = PartSettings.of(config);
    MemberStart starting = new MemberStart(settings, directory, directories);
    MemberStart.Outcome start = starting.run();
    return new Member(
        settings,
        directory,
        starting,
        start,
        new MemberAssembly(settings, start, directories, log, onFailure));
  }

  /**
   * Recovers, then serves clients; but {@linkplain #isOut not if it was removed}.
   *
   * @throws IOException if what is on disk cannot be used, or an address cannot be listened on
   */
  public void start() throws IOException {
    parts.start(() -> starting.completed(start.identity()));
  }

  public void httpEndpoint(java.net.InetSocketAddress a) {
    parts.http = java.util.Optional.of(a);
  }

  public void httpUnavailable(String r) {}

  public java.util.concurrent.CompletableFuture<Void> whenReady() {
    return java.util.concurrent.CompletableFuture.completedFuture(null);
  }

  /**
   * Whether this member was removed, and serves no clients. It still votes, which the others may
   * need until they have committed its removal, and stops as soon as one of them reports that.
   */
  public boolean isOut() {
    return parts.isOut();
  }

  /** Transfers leadership, stops serving, and releases the directory last. */
  @Override
  public void close() throws IOException {
    try {
      parts.close();
    } finally {
      directory.close();
    }
  }

  public ClientLimits clientLimits() {
    return settings.client();
  }

  public Services services() {
    return parts.services();
  }

  public Consensus consensus() {
    return parts.consensus();
  }

  public MvccStore store() {
    return parts.store();
  }

  public MemberView members() {
    return parts.members();
  }

  public WatchHub watchHub() {
    return parts.hub();
  }

  /** What goes over the peer port. */
  public PeerStats peers() {
    return parts.transport().stats();
  }

  public RelayedConnections relayedConnections() {
    return parts.relayedConnections();
  }

  public ClientPort clientPort() {
    return parts.clientPort();
  }

  public Timings timings() {
    return parts.timings();
  }
}
