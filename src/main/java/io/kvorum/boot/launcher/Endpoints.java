package io.kvorum.boot.launcher;

import io.kvorum.boot.config.FlagValues;
import io.kvorum.boot.config.Flags;
import io.kvorum.boot.config.Listeners;
import io.kvorum.boot.config.MemberConfig;
import io.kvorum.model.MemberUrl;
import io.kvorum.support.Reason;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP endpoints that Liberty opens for every member.
 *
 * <p>Held by: EndpointsTest, LauncherIT.
 *
 * @param relayPort on 127.0.0.1, where the application accepts relayed requests; chosen at random
 * @param admin for MicroProfile's pages, or null if they are not served
 * @param adminTls what secures them; null if they are plain
 * @param reserved to be closed before Liberty opens its ports
 */
record Endpoints(
    int relayPort, @Nullable MemberUrl admin, @Nullable AdminTls adminTls, Ports reserved) {
  static final String LOOPBACK = "127.0.0.1";
  private static final int CONNECT_MILLIS = 5_000;
  private static final String ADMIN_URL = "kvorum-admin-url";

  /**
   * Checks that the member's ports are free, chooses those that no flag names, and reserves those
   * that Liberty opens, which happens last.
   *
   * @param warnings takes a line if there is no admin endpoint because its port is taken
   */
  static Endpoints choose(MemberConfig config, FlagValues values, Consumer<String> warnings)
      throws LaunchException {
    Listeners listeners = config.listeners();
    Ports reserved = new Ports();
    try (Ports own = new Ports()) {
      own.take("listen-client-urls", listeners.client());
      own.take("listen-peer-urls", config.peers().listen());
      own.take("listen-client-http-urls", listeners.clientHttp());
      own.take("listen-metrics-urls", listeners.metrics());
      MemberUrl usual = MemberUrl.parse(Flags.get(ADMIN_URL).defaultValue());
      MemberUrl admin = admin(reserved, values.get(ADMIN_URL), usual, warnings);
      return new Endpoints(
          reserved.takeAny(LOOPBACK, new SecureRandom()),
          admin,
          AdminTls.read(values, admin),
          reserved);
    }
  }

  /**
   * Checks that Liberty has opened all of its ports: if one was taken meanwhile, Liberty only logs
   * it.
   */
  void checkOpen() throws LaunchException {
    List<MemberUrl> urls = new ArrayList<>();
    urls.add(new MemberUrl("http", LOOPBACK, relayPort));
    if (admin != null) {
      urls.add(admin);
    }
    for (MemberUrl url : urls) {
      String host = url.isWildcard() ? LOOPBACK : url.host();
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress(host, url.port()), CONNECT_MILLIS);
      } catch (IOException closed) {
        throw new LaunchException("cannot listen on " + url + ": " + Reason.of(closed));
      }
    }
  }

  /** The admin endpoint's host in Liberty's notation, without what no address contains. */
  String adminHost() {
    if (admin == null) {
      return LOOPBACK;
    }
    return admin.isWildcard() ? "*" : admin.host().replaceAll("[^A-Za-z0-9.:%_-]", "");
  }

  /**
   * The URL of the admin endpoint, reserved, or null if there is none.
   *
   * @param asked what was set, or null
   * @param usual what counts otherwise
   */
  static @Nullable MemberUrl admin(
      Ports ports, @Nullable String asked, MemberUrl usual, Consumer<String> warnings)
      throws LaunchException {
    if (asked == null) {
      return unlessTaken(ports, usual, warnings);
    }
    List<MemberUrl> urls;
    try {
      urls = MemberUrl.parseList(asked);
    } catch (IllegalArgumentException wrong) {
      throw Flags.get(ADMIN_URL).refusal(asked, wrong.getMessage());
    }
    if (urls.size() > 1) {
      throw Flags.get(ADMIN_URL).refusal(asked, "must be one URL");
    }
    ports.take(ADMIN_URL, urls);
    return urls.isEmpty() ? null : urls.get(0);
  }

  /** Nobody asked for it: where its port is taken, the member does without. */
  private static @Nullable MemberUrl unlessTaken(
      Ports ports, MemberUrl usual, Consumer<String> warnings) {
    if (ports.tryTake(usual)) {
      return usual;
    }
    warnings.accept(
        "admin endpoint "
            + usual
            + ": the port is in use; MicroProfile's /health and /metrics are not served (set --"
            + ADMIN_URL
            + " to another URL)");
    return null;
  }
}
