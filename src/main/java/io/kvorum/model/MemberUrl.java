package io.kvorum.model;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A URL on which a member listens or can be reached, as in {@code http://127.0.0.1:2379}: no path,
 * always a port.
 *
 * @param scheme {@code http} or {@code https}
 * @param host a name or an address; an IPv6 address without its brackets; empty means every address
 */
public record MemberUrl(String scheme, String host, int port) {
  /** etcd's order of URLs in a list. */
  public static final Comparator<MemberUrl> ORDER = Comparator.comparing(MemberUrl::toString);

  private static final Pattern URL = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)(.*)");
  private static final Pattern LOOPBACK =
      Pattern.compile("(?i)(.+\\.)?localhost\\.?|127(\\.\\d{1,3}){3}|::1|(0+:){7}0*1");
  private static final Pattern ADDRESS =
      Pattern.compile("(?:\\[([^\\]]+)]|([^:\\[\\]]*)):(\\d{1,5})");

  /**
   * The URLs in a comma-separated list, sorted as etcd sorts them; empty for an empty text.
   *
   * @throws IllegalArgumentException with the reason if one of them is not acceptable
   */
  public static List<MemberUrl> parseList(String text) {
    if (text.isBlank()) {
      return List.of();
    }
    return Arrays.stream(text.split(",", -1))
        .map(part -> parse(part.strip()))
        .sorted(ORDER)
        .toList();
  }

  /**
   * One URL.
   *
   * @throws IllegalArgumentException with the reason if it is not acceptable
   */
  public static MemberUrl parse(String text) {
    Matcher url = URL.matcher(text);
    if (!url.matches()) {
      throw new IllegalArgumentException(
          "\"" + text + "\" is not a URL such as http://127.0.0.1:2379");
    }
    String scheme = url.group(1).toLowerCase(Locale.ROOT);
    if (!scheme.equals("http") && !scheme.equals("https")) {
      throw new IllegalArgumentException("URL scheme must be http or https: " + text);
    }
    Matcher address = ADDRESS.matcher(url.group(2));
    if (!address.matches() || Integer.parseInt(address.group(3)) > 65535) {
      throw new IllegalArgumentException(
          "URL address does not have the form \"host:port\": " + text);
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
    return scheme.equals("https");
  }

  /** Whether it stands for every address of the machine. */
  public boolean isWildcard() {
    return host.isEmpty() || host.equals("0.0.0.0") || host.equals("::");
  }

  /** Whether nothing but this machine reaches it, as far as its text says. */
  public boolean isLoopback() {
    return LOOPBACK.matcher(host).matches();
  }

  /** The host and the port as they stand in a URL. */
  public String authority() {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }

  @Override
  public String toString() {
    return scheme + "://" + authority();
  }
}
