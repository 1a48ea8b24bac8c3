package io.kvorum.boot;

import io.kvorum.boot.config.DataDirectory;
import io.kvorum.boot.config.MemberConfig;
import io.kvorum.consensus.Consensus;
import io.kvorum.grpc.ClientPort;
import io.kvorum.membership.MemberView;
import io.kvorum.mvcc.MvccStore;
import io.kvorum.ops.MemberPages;
import io.kvorum.ops.MemberReporter;
import io.kvorum.peer.PeerStats;
import io.kvorum.sealing.Sealing;
import io.kvorum.service.ClientLimits;
import io.kvorum.service.ClientServices;
import io.kvorum.service.HttpRules;
import io.kvorum.service.RelayedConnections;
import io.kvorum.service.Services;
import io.kvorum.support.MemoryBudget;
import io.kvorum.watch.WatchHub;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * One member as its process sees it: open, start, close, and what its faces and its metrics need of
 * it. Holds the data directory. It needs no container; in one, {@code container.MemberLifecycle}
 * starts and stops it.
 *
 * <p>{@link #start} and {@link #close} are called by one thread, everything else by any.
 *
 * <p>Held by: WholeMemberTest.
 */
public final class Member implements AutoCloseable {
  private final PartSettings settings;
  private final DataDirectory directory;
  private final MemberFront front;
  private final MemberStart starting;
  private final MemberStart.Outcome start;
  private final MemberAssembly parts;

  private Member(
      PartSettings settings,
      DataDirectory directory,
      MemberFront front,
      MemberStart starting,
      MemberStart.Outcome start,
      MemberAssembly parts) {
    this.settings = settings;
    this.directory = directory;
    this.front = front;
    this.starting = starting;
    this.start = start;
    this.parts = parts;
  }

  /**
   * Takes the data directory, listens for clients, determines the member's identity, and wires
   * everything. The pages for operators are answered from now on; other clients wait.
   *
   * @param onFailure called with the reason why the member must stop at once
   * @throws IOException if files of keys or the directory cannot be used, an address cannot be
   *     listened on, or the cluster cannot be joined
   */
  public static Member open(MemberConfig config, Consumer<Throwable> onFailure) throws IOException {
    PartSettings settings = PartSettings.of(config);
    MemberSecurity.verify(config);
    AuthStart.verify(config);
    Sealing sealing = Databases.sealing(config);
    DataDirectory directory = DataDirectory.hold(config);
    try {
      return open(settings, directory, sealing, MemberFront.of(settings), onFailure);
    } catch (IOException | RuntimeException e) {
      directory.close();
      throw e;
    }
  }

  private static Member open(
      PartSettings settings,
      DataDirectory directory,
      Sealing sealing,
      MemberFront front,
      Consumer<Throwable> onFailure)
      throws IOException {
    try {
      front.port().listen();
      return assemble(settings, directory, sealing, front, onFailure);
    } catch (IOException | RuntimeException e) {
      front.close();
      throw e;
    }
  }

  private static Member assemble(
      PartSettings settings,
      DataDirectory directory,
      Sealing sealing,
      MemberFront front,
      Consumer<Throwable> onFailure)
      throws IOException {
    Databases databases = Databases.verified(directory, sealing);
    MemberStart starting =
        new MemberStart(settings, directory, databases, front.security().peers());
    MemberStart.Outcome start = starting.run();
    return new Member(
        settings,
        directory,
        front,
        starting,
        start,
        new MemberAssembly(new Groundwork(settings, start, databases, onFailure), front));
  }

  /**
   * Recovers, and takes part in the cluster; returns whether or not there is a leader. Clients are
   * served as soon as there is one, or some seconds later without one; but {@linkplain #isOut not
   * if the member was removed}.
   *
   * @throws IOException if what is on disk cannot be used
   */
  public void start() throws IOException {
    parts.start(() -> starting.completed(start.identity()));
  }

  /**
   * Completes when clients are served and a leader is known; is cancelled when the member stops
   * before. Its dependents run on a thread of the common pool.
   */
  public CompletableFuture<Void> whenReady() {
    return parts.readiness().whenReady();
  }

  /**
   * Names the endpoint of the container for HTTP/1.1, which accepts connections from now on. Until
   * one of these three has been called, requests that are for no page wait.
   */
  public void httpEndpoint(InetSocketAddress endpoint) {
    front.port().relayTo(endpoint);
  }

  /** There will be no endpoint for HTTP/1.1: requests are refused for that reason. */
  public void httpUnavailable(String reason) {
    front.port().httpUnavailable(reason);
  }

  /**
   * There is no endpoint for HTTP/1.1 behind the client port, and JSON is served by others.
   *
   * @param where continues "it is served", such as "at http://10.0.0.1:9080/kvorum/v3/"; asked for
   *     each refusal, must not block
   */
  public void jsonServedAt(Supplier<String> where) {
    front.port().jsonServedAt(where);
  }

  /**
   * Whether this member was removed, and serves no clients. It still votes, which the others may
   * need until they have committed its removal, and stops as soon as one of them reports that.
   */
  public boolean isOut() {
    return parts.cluster().isOut();
  }

  /** Transfers leadership, stops serving, and releases the directory last. */
  @Override
  public void close() throws IOException {
    try {
      parts.close();
    } finally {
      front.close();
      directory.close();
    }
  }

  public HttpRules httpRules() {
    return settings.http();
  }

  public ClientLimits clientLimits() {
    return settings.client();
  }

  /** What clients make this member hold. */
  public MemoryBudget memory() {
    return front.memory();
  }

  public Services services() {
    return parts.services().services();
  }

  /** The services for clients: what the faces have of them. */
  public ClientServices clientServices() {
    return parts.services().clientServices();
  }

  public Consensus consensus() {
    return parts.cluster().consensus();
  }

  public MvccStore store() {
    return parts.state().store();
  }

  public MemberView members() {
    return parts.state().members();
  }

  public WatchHub watchHub() {
    return parts.state().hub();
  }

  /** What goes over the peer port. */
  public PeerStats peers() {
    return parts.cluster().transport().stats();
  }

  public RelayedConnections relayedConnections() {
    return front.relayed();
  }

  public ClientPort clientPort() {
    return front.port();
  }

  public MemberPages pages() {
    return front.pages();
  }

  public MemberReporter reporter() {
    return parts.faces().reporter();
  }
}
