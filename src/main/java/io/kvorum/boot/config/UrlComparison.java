package io.kvorum.boot.config;

import io.kvorum.model.MemberUrl;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * Decides whether URLs lead to the same place, as etcd does: {@code localhost} and {@code
 * 127.0.0.1} are the same. Names are only resolved where the texts differ, and that may block.
 * Thread-safe.
 *
 * @param lookup returns the addresses of a host; none if it is unknown
 */
public record UrlComparison(Function<String, Set<InetAddress>> lookup) {

  /** Uses the resolver of this machine. */
  public static UrlComparison byResolver() {
    return new UrlComparison(UrlComparison::addresses);
  }

  /** Whether each URL of one collection has its counterpart in the other. */
  public boolean sameSet(Collection<MemberUrl> some, Collection<MemberUrl> others) {
    if (some.size() != others.size()) {
      return false;
    }
    List<MemberUrl> left = new ArrayList<>(others);
    List<MemberUrl> unlike = new ArrayList<>();
    for (MemberUrl url : some) {
      if (!left.remove(url)) {
        unlike.add(url);
      }
    }
    return unlike.stream().allMatch(url -> removeSamePlace(left, url));
  }

  /** Whether both have the same scheme and port, and a host of the same name or address. */
  public boolean samePlace(MemberUrl one, MemberUrl other) {
    if (one.port() != other.port() || !one.scheme().equals(other.scheme())) {
      return false;
    }
    return one.host().equalsIgnoreCase(other.host())
        || !Collections.disjoint(lookup.apply(one.host()), lookup.apply(other.host()));
  }

  private boolean removeSamePlace(List<MemberUrl> urls, MemberUrl wanted) {
    for (MemberUrl url : urls) {
      if (samePlace(url, wanted)) {
        return urls.remove(url);
      }
    }
    return false;
  }

  private static Set<InetAddress> addresses(String host) {
    try {
      return Set.of(InetAddress.getAllByName(host));
    } catch (UnknownHostException unknown) {
      return Set.of();
    }
  }
}
