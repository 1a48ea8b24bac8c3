package io.kvorum.tls;

import io.kvorum.support.Futures;
import io.kvorum.support.Reason;
import io.kvorum.support.Threads;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Decides whether a certificate belongs to the address that its holder calls from, as etcd does
 * between members: by its addresses, or else by its names, which are looked up in both directions.
 * A certificate with neither belongs to every address. Blocks, for {@link #PATIENCE} at most;
 * thread-safe.
 *
 * <p>Unlike etcd, a name that the address leads to counts only if the name leads back: the one that
 * answers for an address cannot claim the name of somebody else.
 *
 * <p>Held by: CallerAddressTest, PeerTlsTest.
 */
final class CallerAddress implements AutoCloseable {
  /** How long the names of one certificate may take. */
  static final Duration PATIENCE = Duration.ofSeconds(3);

  private static final int LOOK_UPS_AT_ONCE = 4;
  private static final int MOST_WAITING = 64;

  /** Looks names up; blocks. */
  interface Names {
    /** The name of an address, which leads back to it; the address if there is none. */
    String of(InetAddress address);

    List<InetAddress> addresses(String name) throws UnknownHostException;

    /** Those of this machine. */
    static Names ofSystem() {
      return new Names() {
        @Override
        public String of(InetAddress address) {
          return address.getCanonicalHostName();
        }

        @Override
        public List<InetAddress> addresses(String name) throws UnknownHostException {
          return Arrays.asList(InetAddress.getAllByName(name));
        }
      };
    }
  }

  private final Names names;
  private final Duration patience;
  private final ThreadPoolExecutor lookUps;

  CallerAddress(Names names, Duration patience) {
    this.names = names;
    this.patience = patience;
    this.lookUps =
        new ThreadPoolExecutor(
            LOOK_UPS_AT_ONCE,
            LOOK_UPS_AT_ONCE,
            10,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MOST_WAITING),
            Threads.numberedDaemons("kvorum-tls-names"));
    lookUps.allowCoreThreadTimeOut(true);
  }

  /**
   * Refuses a certificate of somewhere else.
   *
   * @param address in figures
   */
  void check(X509Certificate certificate, String address) throws CertificateException {
    List<String> addresses = CertificateHosts.addressesOf(certificate);
    List<String> hosts = CertificateHosts.namesOf(certificate);
    if (addresses.isEmpty() && hosts.isEmpty() || CertificateHosts.cover(certificate, address)) {
      return;
    }
    if (hosts.isEmpty()) {
      throw new CertificateException(
          "the client's certificate is valid for %s, not for %s"
              .formatted(String.join(", ", addresses), address));
    }
    String reason = lookUp(hosts, address);
    if (!reason.isEmpty()) {
      throw new CertificateException(
          "%s does not match any of the names %s of the client's certificate (%s)"
              .formatted(address, hosts, reason));
    }
  }

  /** Why none of the names is that of the address; empty if one is. */
  private String lookUp(List<String> hosts, String address) {
    Future<String> answer;
    try {
      answer = lookUps.submit(() -> mismatch(hosts, InetAddress.getByName(address)));
    } catch (RejectedExecutionException full) {
      return "too many names are being looked up";
    }
    try {
      return answer.get(patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException late) {
      answer.cancel(true);
      return "looking them up has taken longer than " + patience.toSeconds() + " s";
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      return "this member is stopping";
    } catch (ExecutionException failed) {
      return Reason.of(Futures.cause(failed));
    }
  }

  private String mismatch(List<String> hosts, InetAddress address) {
    String name = names.of(address);
    if (hosts.stream().anyMatch(host -> isNameOf(host, name))) {
      return "";
    }
    String reason = "its name is " + name;
    for (String host : hosts.stream().filter(each -> !each.startsWith("*.")).toList()) {
      try {
        if (names.addresses(host).contains(address)) {
          return "";
        }
      } catch (UnknownHostException unknown) {
        reason = "unknown host " + host;
      }
    }
    return reason;
  }

  /** As in etcd, a star stands for any number of labels here. */
  private static boolean isNameOf(String host, String name) {
    return host.startsWith("*.")
        ? name.regionMatches(true, name.length() - host.length() + 1, host, 1, host.length() - 1)
        : host.equalsIgnoreCase(name);
  }

  @Override
  public void close() {
    lookUps.shutdownNow();
  }
}
