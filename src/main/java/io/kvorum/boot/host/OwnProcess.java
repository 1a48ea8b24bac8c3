package io.kvorum.boot.host;

import io.kvorum.boot.Member;
import io.kvorum.boot.config.MemberConfig;
import io.kvorum.support.Log;
import io.kvorum.support.Reason;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Runs the member in a process of its own, which {@code bin/kvorum} started: the member comes
 * first, the container behind it finds it here, and the process exits with status 1 when the member
 * gives up. Thread-safe.
 *
 * <p>Its class is on the JVM's class path, where Liberty's applications look for a class before
 * they look into themselves: launcher and application see the same one.
 *
 * <p>Held by: HostTest, LauncherIT.
 */
public final class OwnProcess implements Host {
  private static final Log LOG = Log.of(OwnProcess.class);

  /** Exit status when the machine or the data prevent the start, or the member gives up. */
  public static final int FAILURE = 1;

  private static final AtomicReference<@Nullable OwnProcess> CURRENT = new AtomicReference<>();

  private final MemberConfig config;
  private final int relayPort;
  private final SystemdNotifier supervisor;
  private final CompletableFuture<Member> running = new CompletableFuture<>();
  private final AtomicBoolean isStopping = new AtomicBoolean();
  private final CompletableFuture<Void> stopped = new CompletableFuture<>();

  private OwnProcess(MemberConfig config, int relayPort, SystemdNotifier supervisor) {
    this.config = config;
    this.relayPort = relayPort;
    this.supervisor = supervisor;
  }

  /**
   * Makes this process the host, and opens the log. To be called once.
   *
   * @param relayPort where the container will accept relayed requests, on 127.0.0.1
   * @throws io.kvorum.boot.config.ConfigurationException if the log cannot be written
   */
  public static OwnProcess of(MemberConfig config, int relayPort, SystemdNotifier supervisor) {
    OwnProcess process = new OwnProcess(config, relayPort, supervisor);
    if (!CURRENT.compareAndSet(null, process)) {
      throw new IllegalStateException("this process has a member already");
    }
    ProcessLog.open(config.logging());
    return process;
  }

  static @Nullable OwnProcess current() {
    return CURRENT.get();
  }

  /**
   * Starts the member; returns when it has recovered. If it cannot be started, the process ends.
   *
   * @return completes when clients are served: the port is open, and a leader is known
   */
  public CompletableFuture<Void> start() {
    try {
      Member opened = Member.open(config, this::fail);
      opened.start();
      running.complete(opened);
      if (opened.isOut()) {
        LOG.warning("not serving client requests: this member has been removed from the cluster");
      }
      return opened.whenReady().thenRunAsync(this::ready);
    } catch (IOException | RuntimeException e) {
      throw fail(e);
    }
  }

  private void ready() {
    String where = "on " + config.listeners().client();
    LOG.info(READY + " {}", where);
    supervisor.ready("serving clients " + where);
  }

  /** Lets the requests of HTTP/1.1 clients through: the container's endpoint accepts them now. */
  public void containerStarted() {
    running.thenAccept(
        served ->
            served.httpEndpoint(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), relayPort)));
  }

  /** Refuses HTTP/1.1 clients from now on; gRPC clients are served as before. */
  public void containerFailed(String reason) {
    LOG.error("JSON clients are not served: {}", reason);
    running.thenAccept(served -> served.httpUnavailable(reason));
  }

  /**
   * Transfers leadership, stops serving, and closes log and store; returns when that is done, also
   * if another call is doing it. A member that is still starting has no clients, and is left as if
   * it had been killed.
   */
  public void stop() {
    if (!isStopping.compareAndSet(false, true)) {
      stopped.join();
      return;
    }
    try {
      stopOnce();
    } finally {
      stopped.complete(null);
    }
  }

  private void stopOnce() {
    supervisor.stopping();
    LOG.info("stopping");
    Member member = running.getNow(null);
    if (member != null) {
      try {
        member.close();
      } catch (IOException | RuntimeException e) {
        LOG.error("could not close everything", e);
      }
    }
    LOG.info("stopped");
    ProcessLog.close();
  }

  /**
   * Gives up at once, without a clean stop: the next start recovers from what is on disk. Never
   * returns; if several threads give up at once, only the first is reported.
   */
  private IllegalStateException fail(Throwable failure) {
    synchronized (CURRENT) {
      String line = Reason.inFull(failure);
      if (ProcessLog.isDetailed()) {
        LOG.error(line, failure);
      } else {
        LOG.error(line);
      }
      ProcessLog.close();
      Runtime.getRuntime().halt(FAILURE);
    }
    throw new AssertionError("halted");
  }

  @Override
  public boolean ownsProcess() {
    return true;
  }

  @Override
  public MemberConfig configuration(Function<String, @Nullable String> properties) {
    return config;
  }

  @Override
  public OptionalInt relayPort(Function<String, @Nullable String> properties) {
    return OptionalInt.of(relayPort);
  }

  /** The launcher opens the way to the container, once it has started. */
  @Override
  public Member member(MemberConfig configuration, JsonAccess json) {
    return running.join();
  }

  /** The member keeps running; the launcher ends the process. */
  @Override
  public void applicationStopped() {}
}
