package io.kvorum.boot.config;

import io.kvorum.model.MemberUrl;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Reads the URLs that the member is to listen on, and refuses those that it never could: a host
 * name, which may have several addresses or none of this machine; a path that is too long for a
 * socket; and the same place for two purposes. Clients may reach one place with TLS and without.
 * Stateless.
 *
 * <p>Held by: ListenUrlsTest.
 */
final class ListenUrls {
  /** The system's structure has 108 bytes for the path, the last of which is zero. */
  private static final int LONGEST_PATH_BYTES = 107;

  /** In the order in which they are listened on; those of clients first. */
  private static final List<String> FLAGS =
      List.of(
          "listen-client-urls",
          "listen-client-http-urls",
          "listen-metrics-urls",
          "listen-peer-urls",
          "kvorum-admin-url");

  /** Where one place may be named plain and secured. */
  private static final Set<String> SHARED = Set.of("listen-client-urls", "listen-client-http-urls");

  private ListenUrls() {}

  /** Those of a flag for clients, each once. */
  static List<MemberUrl> ofClients(Settings settings, String flag) {
    return checked(settings, flag, settings.clientUrls(flag));
  }

  /** Those of a flag for other members, each once. */
  static List<MemberUrl> ofMembers(Settings settings, String flag) {
    return checked(settings, flag, settings.urls(flag));
  }

  private static List<MemberUrl> checked(Settings settings, String flag, List<MemberUrl> urls) {
    for (MemberUrl url : urls) {
      if (url.isSocket()) {
        requireShort(settings, flag, url);
      } else if (!url.host().equals("localhost") && !url.hasAddress()) {
        throw settings.unusable(
            flag,
            "expected IP in URL for binding (%s); write an address of this machine, or 0.0.0.0 for all of them"
                .formatted(url));
      }
    }
    return urls;
  }

  private static void requireShort(Settings settings, String flag, MemberUrl url) {
    if (url.host().getBytes(Charset.defaultCharset()).length > LONGEST_PATH_BYTES) {
      throw settings.unusable(
          flag, "the path of a socket must not be longer than 107 bytes: " + url);
    }
  }

  /** Refuses a URL, or a port of one address, that stands in two flags, or twice in one. */
  static void refuseClashes(Settings settings) {
    List<Place> taken = new ArrayList<>();
    for (String flag : FLAGS) {
      if (flag.equals("kvorum-admin-url") && !settings.isSet(flag)) {
        continue;
      }
      for (MemberUrl url : settings.clientUrls(flag)) {
        Place place = new Place(flag, url);
        Optional<Place> other = taken.stream().filter(place::clashes).findFirst();
        if (other.isPresent()) {
          throw new ConfigurationException(
              place.clash(other.get()), ConfigurationException.UNUSABLE);
        }
        taken.add(place);
      }
    }
  }

  /** One URL and the flag that names it. */
  private record Place(String flag, MemberUrl url) {
    boolean clashes(Place other) {
      return isSamePlace(other) && !shares(other);
    }

    /** Whether the two are for the same clients, with TLS and without. */
    private boolean shares(Place other) {
      return flag.equals(other.flag)
          && SHARED.contains(flag)
          && url.isSecure() != other.url.isSecure()
          && host(url).equals(host(other.url));
    }

    private boolean isSamePlace(Place other) {
      if (url.isSocket() || other.url.isSocket()) {
        return url.isSocket() && other.url.isSocket() && url.host().equals(other.url.host());
      }
      return url.port() != 0 && url.port() == other.url.port() && isSameHost(other.url);
    }

    private boolean isSameHost(MemberUrl other) {
      return host(url).equals(host(other)) || url.isWildcard() || other.isWildcard();
    }

    private static String host(MemberUrl url) {
      return url.host().equals("localhost") ? "127.0.0.1" : url.host();
    }

    String clash(Place other) {
      if (flag.equals("listen-client-http-urls") && other.flag.equals("listen-client-urls")) {
        return "cannot bind both --listen-client-urls and --listen-client-http-urls on the same url "
            + url
            + other.unlessSame(url)
            + useAnother();
      }
      return "cannot listen on "
          + url
          + " (--"
          + flag
          + "): --"
          + other.flag
          + (flag.equals(other.flag) ? " also has " : " has ")
          + (url.equals(other.url) ? "it, too" : other.url)
          + useAnother();
    }

    private String useAnother() {
      return "; use a different " + (url.isSocket() ? "socket" : "port") + " for each";
    }

    private String unlessSame(MemberUrl same) {
      return url.equals(same) ? "" : " (" + url + ")";
    }
  }
}
