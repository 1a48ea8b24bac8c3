package io.kvorum.tls;

import io.kvorum.support.Log;
import io.kvorum.support.Reason;
import io.kvorum.support.Threads;
import java.io.IOException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Holds what the files amount to now. Once started it reads them every second; what has changed and
 * is usable replaces the former as a whole. What cannot be used is reported once, and the former
 * stays in use. Thread-safe.
 *
 * <p>Files are replaced one after the other: what cannot be used counts as broken only if it is
 * still the same a second later.
 *
 * <p>Held by: ServerTlsTest, PeerTlsTest.
 */
final class TlsSource implements Supplier<TlsContexts>, AutoCloseable {
  private static final long CHECK_SECONDS = 1;
  private static final Log LOG = Log.of(TlsSource.class);

  /** Makes of files what secures connections. */
  interface Maker {
    /**
     * @throws IOException if the files cannot be used; the message, one line, names one
     */
    TlsContexts make(TlsMaterial material) throws IOException;
  }

  private final TlsFiles files;
  private final Maker maker;
  private final ScheduledExecutorService reader =
      Executors.newSingleThreadScheduledExecutor(Threads.daemons("kvorum-tls-files"));

  private volatile TlsContexts current;

  // Of the reader, once it runs.
  private final SessionTickets tickets = new SessionTickets();
  private TlsMaterial used;
  private String lastFailure = "";
  private String reported = "";

  private TlsSource(TlsFiles files, Maker maker, TlsMaterial used, TlsContexts current) {
    this.files = files;
    this.maker = maker;
    this.used = used;
    this.current = current;
    tickets.begin(current.allAccepted(), System.nanoTime());
  }

  /**
   * Reads the files.
   *
   * @throws IOException if they cannot be used; the message, one line, names the file
   */
  static TlsSource open(TlsFiles files, Maker maker) throws IOException {
    TlsMaterial material = TlsMaterial.read(files);
    return new TlsSource(files, maker, material, maker.make(material));
  }

  /** Watches the files from now on. */
  void start() {
    var unused =
        reader.scheduleWithFixedDelay(this::check, CHECK_SECONDS, CHECK_SECONDS, TimeUnit.SECONDS);
  }

  /** Called by one thread at a time, periodically. */
  void check() {
    tickets.renewIfDue(System.nanoTime());
    String failure = "";
    try {
      TlsMaterial found = TlsMaterial.read(files);
      if (!found.equals(used)) {
        TlsContexts replacement = maker.make(found);
        tickets.begin(replacement.allAccepted(), System.nanoTime());
        current = replacement;
        used = found;
        LOG.info("the files of TLS have been replaced: new connections use {}", files.name());
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

  @Override
  public TlsContexts get() {
    return current;
  }

  /** Watches no longer. */
  @Override
  public void close() {
    reader.shutdownNow();
  }
}
