package io.kvorum.peer.grpc.link;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Parses a peer URL into its host and port, and resolves it. Immutable.
 *
 * <p>Held by: RemoteLeaderTest, GateTest.
 */
public record PeerAddress(String host, int port) {
  private static final Pattern URL =
      Pattern.compile("([A-Za-z]+)://(?:\\[([^\\]]+)]|([^:/\\[\\]]+)):(\\d{1,5})/?");

  /**
   * @throws IOException if the text is not a URL with a port, or its scheme is not {@code http}
   */
  public static PeerAddress parse(String url) throws IOException {
    Matcher parts = URL.matcher(url);
    if (!parts.matches() || Integer.parseInt(parts.group(4)) > 65535) {
      throw new IOException("\"" + url + "\" is not a URL such as http://127.0.0.1:2380");
    }
    if (!parts.group(1).toLowerCase(Locale.ROOT).equals("http")) {
      throw new IOException(url + ": peer URLs must be http");
    }
    String host = parts.group(2) == null ? parts.group(3) : parts.group(2);
    return new PeerAddress(host, Integer.parseInt(parts.group(4)));
  }

  static boolean isUsable(String url) {
    try {
      PeerAddress unused = parse(url);
      return true;
    } catch (IOException unusable) {
      return false;
    }
  }

  /**
   * Resolves the name; blocks.
   *
   * @param attempt selects one address in turn if the name has several
   */
  public InetSocketAddress resolve(int attempt) throws IOException {
    try {
      InetAddress[] found = InetAddress.getAllByName(host);
      return new InetSocketAddress(found[Math.floorMod(attempt, found.length)], port);
    } catch (UnknownHostException unknown) {
      throw new IOException("unknown host " + host, unknown);
    }
  }

  @Override
  public String toString() {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
