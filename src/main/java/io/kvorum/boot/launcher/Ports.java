package io.kvorum.boot.launcher;

import io.kvorum.boot.host.Console;
import io.kvorum.model.MemberUrl;
import io.kvorum.support.Reason;
import io.kvorum.support.SocketFile;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * Reserves the ports that a member is about to open, until this object is closed: a port that is
 * named twice is detected, and another member that starts at the same time picks others. Used by
 * one thread at a time.
 *
 * <p>Held by: LauncherIT.
 */
final class Ports implements AutoCloseable {
  /** Below Linux's range for ports of outgoing connections. */
  private static final int LOWEST = 20_000;

  private static final int HIGHEST = 32_000;
  private static final int ATTEMPTS = 200;

  private final List<ServerSocket> taken = new ArrayList<>();

  private record HostAndPort(String host, int port) {}

  /** Reserves every port of the URLs that a flag names; one with TLS and without is one port. */
  void take(String flag, List<MemberUrl> urls) throws LaunchException {
    Map<HostAndPort, String> schemes = new HashMap<>();
    for (MemberUrl url : urls) {
      String former = schemes.put(new HostAndPort(url.host(), url.port()), url.scheme());
      if (former != null && !url.isSocket() && !former.equals(url.scheme())) {
        continue;
      }
      try {
        take(url);
      } catch (IOException unusable) {
        throw new LaunchException(
            "cannot listen on " + url + " (--" + flag + "): " + Reason.of(unusable));
      }
    }
  }

  /** Reserves a port, and returns whether it was free. */
  boolean tryTake(MemberUrl url) {
    try {
      take(url);
      return true;
    } catch (IOException unusable) {
      return false;
    }
  }

  /** Reserves any free port of a host. */
  int takeAny(String host, RandomGenerator random) throws LaunchException {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      int port = random.nextInt(LOWEST, HIGHEST);
      if (tryTake(new MemberUrl("http", host, port))) {
        return port;
      }
    }
    throw new LaunchException("no free port between " + LOWEST + " and " + HIGHEST + " on " + host);
  }

  private void take(MemberUrl url) throws IOException {
    if (url.isSocket()) {
      SocketFile.check(Path.of(url.host()));
      return;
    }
    InetSocketAddress address =
        url.isWildcard()
            ? new InetSocketAddress(url.port())
            : new InetSocketAddress(InetAddress.getByName(url.host()), url.port());
    ServerSocket socket = new ServerSocket();
    taken.add(socket);
    socket.bind(address);
  }

  /** Releases them, for the member to open. */
  @Override
  public void close() {
    for (ServerSocket socket : taken) {
      try {
        socket.close();
      } catch (IOException unexpected) {
        Console.refuse(
            "cannot release port " + socket.getLocalPort() + ": " + Reason.of(unexpected));
      }
    }
  }
}
