package io.kvorum.tls;

import io.kvorum.support.Threads;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.net.SocketAddress;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Secures the connections between members, in both directions, with what the files hold now. What
 * is replaced counts for both directions at once, and for the connections that come after it; those
 * that are open stay. Thread-safe.
 *
 * <p>What takes long in a handshake (signatures, verification, names that are looked up) is done by
 * threads of its own: the event loops carry the messages of consensus.
 *
 * <p>Held by: PeerTlsTest, PeerTlsIT.
 */
public final class PeerTls implements AutoCloseable {
  private static final int HANDSHAKES_AT_ONCE = 4;

  /**
   * Says what is verified.
   *
   * @param verifiesMembers whether members that are called must be who they should; if not,
   *     connections are just encrypted
   * @param verifiesAddresses whether a certificate must belong to the address that it comes from
   */
  public record Rules(boolean verifiesMembers, boolean verifiesAddresses) {}

  private final TlsProfile profile;
  private final @Nullable TlsSource source;
  private final TlsListeners listeners;
  private final @Nullable CallerAddress callers;
  private final ThreadPoolExecutor handshakes;

  /** Under the lock: what calls are secured with if there are no files; made when it is needed. */
  private @Nullable SslContext withoutFiles;

  private PeerTls(
      TlsProfile profile,
      @Nullable TlsSource source,
      TlsListeners listeners,
      @Nullable CallerAddress callers,
      ThreadPoolExecutor handshakes) {
    this.profile = profile;
    this.source = source;
    this.listeners = listeners;
    this.callers = callers;
    this.handshakes = handshakes;
  }

  /**
   * Reads the files.
   *
   * @param plain the addresses that are listened on without TLS
   * @throws IOException if the files cannot be used; the message, one line, names one
   */
  public static PeerTls open(
      TlsFiles files, TlsProfile profile, Rules rules, Set<SocketAddress> plain)
      throws IOException {
    return open(
        files,
        profile,
        rules,
        plain,
        new CallerAddress(CallerAddress.Names.ofSystem(), CallerAddress.PATIENCE));
  }

  static PeerTls open(
      TlsFiles files,
      TlsProfile profile,
      Rules rules,
      Set<SocketAddress> plain,
      CallerAddress callers)
      throws IOException {
    CallerAddress verifying = rules.verifiesAddresses() ? callers : null;
    TlsSource source =
        TlsSource.open(
            files,
            material ->
                new TlsContexts(
                    files.own().isAbsent() ? null : material.peerPort(profile, verifying),
                    null,
                    material.calls(profile, rules.verifiesMembers())));
    ThreadPoolExecutor handshakes = newHandshakes();
    return new PeerTls(
        profile,
        source,
        new TlsListeners(
            files.own().isAbsent() ? null : ServerTls.ofPeers(source, handshakes), plain),
        callers,
        handshakes);
  }

  /**
   * Of a member without files for it: it listens in clear, and verifies by the JDK's authorities.
   */
  public static PeerTls withoutFiles(TlsProfile profile) {
    return new PeerTls(profile, null, TlsListeners.none(), null, newHandshakes());
  }

  private static ThreadPoolExecutor newHandshakes() {
    ThreadPoolExecutor handshakes =
        new ThreadPoolExecutor(
            HANDSHAKES_AT_ONCE,
            HANDSHAKES_AT_ONCE,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            Threads.numberedDaemons("kvorum-peer-tls"));
    handshakes.allowCoreThreadTimeOut(true);
    return handshakes;
  }

  /** Watches the files from now on. */
  public void start() {
    if (source != null) {
      source.start();
    }
  }

  /** Which listeners speak TLS, and with what. */
  public TlsListeners listeners() {
    return listeners;
  }

  /**
   * What secures a connection that is opened now. Without files the first call takes some time.
   *
   * @throws IOException if the JDK has no authorities
   */
  public SslContext forCall() throws IOException {
    return source == null ? ofJdk() : source.get().requireCalls();
  }

  private synchronized SslContext ofJdk() throws IOException {
    if (withoutFiles == null) {
      withoutFiles = TlsMaterial.read(TlsFiles.none()).calls(profile, true);
    }
    return withoutFiles;
  }

  /** Does what takes long in a handshake. */
  public Executor handshakes() {
    return handshakes;
  }

  /** Watches no longer; connections that are still being secured end. */
  @Override
  public void close() {
    if (source != null) {
      source.close();
    }
    handshakes.shutdown();
    if (callers != null) {
      callers.close();
    }
  }
}
