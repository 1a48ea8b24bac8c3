package io.kvorum.tls;

import io.kvorum.support.Log;
import io.kvorum.support.Reason;
import io.kvorum.support.Threads;
import io.netty.channel.Channel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Secures the connections of a listener with what its files hold now. Once started it reads them
 * every second: a replacement counts for the connections that come after it, those that are open
 * stay. What cannot be used is reported once, and the former stays in use. Thread-safe.
 *
 * <p>Files are replaced one after the other: what cannot be used counts as broken only if it is
 * still the same a second later.
 */
public final class ServerTls implements AutoCloseable {
  /** How long a client may take for its handshake. */
  static final long HANDSHAKE_SECONDS = 10;

  private static final long CHECK_SECONDS = 1;

  private static final Log LOG = Log.of(ServerTls.class);

  private final TlsFiles files;
  private final TlsProfile profile;
  private final ScheduledExecutorService reader =
      Executors.newSingleThreadScheduledExecutor(Threads.daemons("kvorum-tls-files"));

  private final RefusedHandshakes refused = new RefusedHandshakes(System::nanoTime);

  private volatile SslContext current;

  // Of the reader, once it runs.
  private final SessionTickets tickets = new SessionTickets();
  private TlsMaterial used;
  private String lastFailure = "";
  private String reported = "";

  private ServerTls(TlsFiles files, TlsProfile profile, TlsMaterial used, SslContext current) {
    this.files = files;
    this.profile = profile;
    this.used = used;
    this.current = current;
    tickets.begin(current, System.nanoTime());
  }

  /**
   * Reads the files.
   *
   * @throws IOException if they cannot be used; the message, one line, names the file
   */
  public static ServerTls open(TlsFiles files, TlsProfile profile) throws IOException {
    TlsMaterial material = TlsMaterial.read(files);
    return new ServerTls(files, profile, material, material.serverContext(profile));
  }

  /** Watches the files from now on. */
  public void start() {
    LOG.info("connections are secured by {}", NativeTls.describe(profile));
    var unused =
        reader.scheduleWithFixedDelay(this::check, CHECK_SECONDS, CHECK_SECONDS, TimeUnit.SECONDS);
  }

  /** Looks at the files once; called by one thread at a time, periodically. */
  public void check() {
    tickets.renewIfDue(System.nanoTime());
    String failure = "";
    try {
      TlsMaterial found = TlsMaterial.read(files);
      if (!found.equals(used)) {
        SslContext replacement = found.serverContext(profile);
        tickets.begin(replacement, System.nanoTime());
        current = replacement;
        used = found;
        LOG.info(
            "the files of TLS have been replaced: new connections use {}", files.certificate());
      }
    } catch (IOException unusable) {
      failure = Reason.of(unusable);
    } catch (RuntimeException bug) {
      failure = "bug: " + bug;
    }
    if (failure.isEmpty()) {
      reported = "";
    } else if (failure.equals(lastFailure) && !failure.equals(reported)) {
      LOG.warning("{}; what was there before stays in use", failure);
      reported = failure;
    }
    lastFailure = failure;
  }

  /**
   * What secures a new connection of that channel. A client that does not complete the handshake
   * within {@value #HANDSHAKE_SECONDS} s is disconnected. A handshake that fails is logged.
   */
  public SslHandler newHandler(Channel channel) {
    SslHandler handler = current.newHandler(channel.alloc());
    handler.setHandshakeTimeout(HANDSHAKE_SECONDS, TimeUnit.SECONDS);
    handler
        .handshakeFuture()
        .addListener(
            done -> {
              if (!done.isSuccess()) {
                refused.report(channel.remoteAddress(), done.cause());
              }
            });
    return handler;
  }

  /** Watches no longer. */
  @Override
  public void close() {
    reader.shutdownNow();
  }
}
