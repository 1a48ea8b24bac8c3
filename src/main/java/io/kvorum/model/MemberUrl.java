package io.kvorum.model;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A URL on which a member listens or can be reached, as in {@code http://127.0.0.1:2379}: no path,
 * always a port. Clients may also use a Unix domain socket, as in {@code unix:///run/kvorum.sock}.
 *
 * @param scheme {@code http} or {@code https}; {@code unix} or {@code unixs} for a socket
 * @param host a name or an address; an IPv6 address without its brackets; empty means every
 *     address; for a socket the path of its file
 * @param port from 0 to 65535; 0 for a socket
 */
public record MemberUrl(String scheme, String host, int port) {
  /** etcd's order of URLs in a list. */
  public static final Comparator<MemberUrl> ORDER = Comparator.comparing(MemberUrl::toString);

  private static final int LARGEST_PORT = 65_535;

  private static final Set<String> SCHEMES = Set.of("http", "https");
  private static final Set<String> SOCKETS = Set.of("unix", "unixs");

  /** A user in front of the host has no meaning, as in etcd. */
  private static final Pattern USER = Pattern.compile("^.*@");

  private static final Pattern SOCKET = Pattern.compile("(?i)(unixs?):(?://)?([^?#]*)(.*)");
  private static final Pattern IPV4 =
      Pattern.compile("((25[0-5]|2[0-4]\\d|1?\\d?\\d)(\\.(?!$)|$)){4}");
  private static final Pattern URL = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)(.*)");
  private static final Pattern LOOPBACK =
      Pattern.compile("(?i)(.+\\.)?localhost\\.?|127(\\.\\d{1,3}){3}|::1|(0+:){7}0*1");
  private static final Pattern ADDRESS =
      Pattern.compile("(?:\\[([^\\]]+)]|([^:\\[\\]]*)):(\\d{1,5})");

  /**
   * The URLs in a comma-separated list, each once, sorted as etcd sorts them; empty for an empty
   * text.
   *
   * @throws IllegalArgumentException with the reason if one of them is not acceptable
   */
  public static List<MemberUrl> parseList(String text) {
    return list(text, MemberUrl::parse);
  }

  /** The same of URLs that clients use, which may be sockets. */
  public static List<MemberUrl> parseListForClients(String text) {
    return list(text, MemberUrl::parseForClients);
  }

  private static List<MemberUrl> list(String text, Function<String, MemberUrl> parser) {
    if (text.isBlank()) {
      return List.of();
    }
    return Arrays.stream(text.split(",", -1))
        .map(part -> parser.apply(part.strip()))
        .distinct()
        .sorted(ORDER)
        .toList();
  }

  /**
   * One URL that clients use: also {@code unix} or {@code unixs}, with the path of a socket.
   *
   * @throws IllegalArgumentException with the reason if it is not acceptable
   */
  public static MemberUrl parseForClients(String text) {
    Matcher socket = SOCKET.matcher(text);
    if (!socket.matches()) {
      return parse(text, "http, https, unix, or unixs");
    }
    String path = socket.group(2);
    if (path.isEmpty() || path.endsWith("/") || !socket.group(3).isEmpty()) {
      throw new IllegalArgumentException(
          "URL does not have the form \"unix:///path/to/socket\": " + text);
    }
    return new MemberUrl(socket.group(1).toLowerCase(Locale.ROOT), path, 0);
  }

  /**
   * One URL.
   *
   * @throws IllegalArgumentException with the reason if it is not acceptable
   */
  public static MemberUrl parse(String text) {
    return parse(text, "http or https");
  }

  private static MemberUrl parse(String text, String schemes) {
    Matcher url = URL.matcher(text);
    if (!url.matches()) {
      throw new IllegalArgumentException(
          "\"" + text + "\" is not a URL such as http://127.0.0.1:2379");
    }
    String scheme = url.group(1).toLowerCase(Locale.ROOT);
    if (!SCHEMES.contains(scheme)) {
      throw new IllegalArgumentException("URL scheme must be " + schemes + ": " + text);
    }
    Matcher address = ADDRESS.matcher(USER.matcher(url.group(2)).replaceFirst(""));
    if (!address.matches()) {
      throw new IllegalArgumentException(
          "URL address does not have the form \"host:port\": " + text);
    }
    if (Integer.parseInt(address.group(3)) > LARGEST_PORT) {
      throw new IllegalArgumentException("invalid port, larger than 65535: " + text);
    }
    if (!url.group(3).isEmpty()) {
      throw new IllegalArgumentException("URL must not contain a path: " + text);
    }
    String host = address.group(1) != null ? address.group(1) : address.group(2);
    return new MemberUrl(scheme, host, Integer.parseInt(address.group(3)));
  }

  /** The URLs as they are written. */
  public static List<String> texts(List<MemberUrl> urls) {
    return urls.stream().map(MemberUrl::toString).toList();
  }

  /** Whether clients speak TLS here. */
  public boolean isSecure() {
    return scheme.equals("https") || scheme.equals("unixs");
  }

  /** Whether it is a Unix domain socket, whose file {@link #host} names. */
  public boolean isSocket() {
    return SOCKETS.contains(scheme);
  }

  /** Whether the host is the number of an address, and no name. */
  public boolean hasAddress() {
    if (host.indexOf(':') < 0) {
      return IPV4.matcher(host).matches();
    }
    try {
      // In brackets it is never looked up.
      return InetAddress.getByName("[" + host + "]") != null;
    } catch (UnknownHostException notAnAddress) {
      return false;
    }
  }

  /** Whether it stands for every address of the machine. */
  public boolean isWildcard() {
    return host.isEmpty() || host.equals("0.0.0.0") || host.equals("::");
  }

  /** Whether nothing but this machine reaches it, as far as its text says. */
  public boolean isLoopback() {
    return LOOPBACK.matcher(host).matches();
  }

  /** The host and the port as they stand in a URL; of a socket its path. */
  public String authority() {
    return isSocket() ? host : (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }

  @Override
  public String toString() {
    return scheme + "://" + authority();
  }
}
