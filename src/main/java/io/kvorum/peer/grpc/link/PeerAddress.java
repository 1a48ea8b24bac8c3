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
 *
 * @param isSecure whether TLS is spoken there
 */
public record PeerAddress(boolean isSecure, String host, int port) {
  private static final Pattern URL =
      Pattern.compile("([A-Za-z]+)://(?:\\[([^\\]]+)]|([^:/\\[\\]]+)):(\\d{1,5})/?");

  /**
   * @throws IOException if the text is not a URL with a port, or its scheme is neither {@code http}
   *     nor {@code https}
   */
  public static PeerAddress parse(String url) throws IOException {
    Matcher parts = URL.matcher(url);
    if (!parts.matches() || Integer.parseInt(parts.group(4)) > 65535) {
      throw new IOException("\"" + url + "\" is not a URL such as http://127.0.0.1:2380");
    }
    String scheme = parts.group(1).toLowerCase(Locale.ROOT);
    if (!scheme.equals("http") && !scheme.equals("https")) {
      throw new IOException(url + ": peer URLs must be http or https");
    }
    String host = parts.group(2) == null ? parts.group(3) : parts.group(2);
    return new PeerAddress(scheme.equals("https"), host, Integer.parseInt(parts.group(4)));
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

  /** The host and the port as they stand in the URL. */
  String authority() {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
