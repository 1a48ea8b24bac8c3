package io.kvorum.boot.host;

import io.kvorum.boot.Member;
import io.kvorum.boot.config.ConfigurationException;
import io.kvorum.boot.config.MemberConfig;
import io.kvorum.support.Log;
import io.kvorum.support.Reason;
import io.kvorum.support.Threads;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Runs the member in a Liberty that an administrator runs, with other applications perhaps: the log
 * is Liberty's, with the levels set there, and only this application fails. Thread-safe.
 *
 * <p>Held by: HostTest, PlainLibertyIT, RelayedLibertyIT.
 */
final class ForeignLiberty implements Host {
  /** In server.xml: the port of an endpoint on loopback, behind which the application is root. */
  private static final String RELAY_PORT = "kvorum.relay.port";

  private static final int LARGEST_PORT = 65_535;
  private static final int RETRY_MILLIS = 200;

  private static final Log LOG = Log.of(ForeignLiberty.class);

  private @Nullable Member member;
  private boolean isStopped;

  @Override
  public boolean ownsProcess() {
    return false;
  }

  @Override
  public MemberConfig configuration(Function<String, @Nullable String> properties) {
    return MemberConfig.fromProperties(properties);
  }

  @Override
  public OptionalInt relayPort(Function<String, @Nullable String> properties) {
    String value = properties.apply(RELAY_PORT);
    if (value == null || value.isBlank()) {
      return OptionalInt.empty();
    }
    try {
      int port = Integer.parseInt(value.strip());
      if (port > 0 && port <= LARGEST_PORT) {
        return OptionalInt.of(port);
      }
    } catch (NumberFormatException notANumber) {
      // refused below
    }
    throw new ConfigurationException(
        "invalid value \"%s\" for %s: not a port".formatted(value, RELAY_PORT));
  }

  @Override
  public Member member(MemberConfig config, JsonAccess json) {
    try {
      Member opened = Member.open(config, this::fail);
      keep(opened);
      offer(json, opened);
      opened.start();
      if (opened.isOut()) {
        LOG.warning("not serving client requests: this member has been removed from the cluster");
      }
      opened
          .whenReady()
          .thenRun(() -> LOG.info(READY + " {}", "on " + config.listeners().client()));
      return opened;
    } catch (IOException | RuntimeException e) {
      applicationStopped();
      throw new IllegalStateException(Reason.inFull(e), e);
    }
  }

  private synchronized void keep(Member opened) {
    member = opened;
    isStopped = false;
  }

  private void offer(JsonAccess json, Member opened) {
    if (json.relayPort() == 0) {
      opened.jsonServedAt(json.place());
    } else {
      Threads.daemon("kvorum-relay", () -> relayOnceOpen(json.relayPort(), opened)).start();
    }
  }

  /** Liberty opens its ports after the application has started, and says so to nobody. */
  private void relayOnceOpen(int port, Member opened) {
    InetSocketAddress endpoint = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    try {
      while (isCurrent(opened)) {
        if (isOpen(endpoint)) {
          opened.httpEndpoint(endpoint);
          return;
        }
        TimeUnit.MILLISECONDS.sleep(RETRY_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static boolean isOpen(InetSocketAddress endpoint) {
    try (Socket socket = new Socket()) {
      socket.connect(endpoint);
      return true;
    } catch (IOException notYet) {
      return false;
    }
  }

  private synchronized boolean isCurrent(Member opened) {
    return member == opened && !isStopped;
  }

  @Override
  public synchronized void applicationStopped() {
    Member opened = member;
    if (opened == null || isStopped) {
      return;
    }
    isStopped = true;
    LOG.info("stopping");
    try {
      opened.close();
      LOG.info("stopped");
    } catch (IOException e) {
      LOG.error("stopped, but could not close everything", e);
    }
  }

  /** After a failed write the content of the log is unknown, and no further answer may leave. */
  private void fail(Throwable cause) {
    LOG.error(Reason.inFull(cause), cause);
    Threads.daemon("kvorum-stop", this::applicationStopped).start();
  }
}
