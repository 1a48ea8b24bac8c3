package io.kvorum.boot.config;

import io.kvorum.model.MemberUrl;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The founders of a cluster and their peer URLs, as the settings name them. Immutable.
 *
 * @param members by name; the URLs of each are sorted, and there is at least one
 */
public record InitialCluster(SortedMap<String, List<MemberUrl>> members) {
  public InitialCluster {
    SortedMap<String, List<MemberUrl>> copy = new TreeMap<>();
    members.forEach((name, urls) -> copy.put(name, urls.stream().sorted(MemberUrl.ORDER).toList()));
    members = Collections.unmodifiableSortedMap(copy);
  }

  /** A cluster of one. */
  public static InitialCluster sole(String name, List<MemberUrl> urls) {
    return new InitialCluster(new TreeMap<>(Map.of(name, urls)));
  }

  /**
   * Reads {@code a=http://host1:2380,b=http://host2:2380}. A member with several URLs has one entry
   * for each.
   *
   * @throws IllegalArgumentException with the reason if the text has another form
   */
  public static InitialCluster parse(String text) {
    SortedMap<String, List<MemberUrl>> members = new TreeMap<>();
    for (String part : text.split(",", -1)) {
      int equals = part.indexOf('=');
      String name = equals < 0 ? "" : part.substring(0, equals).strip();
      if (name.isEmpty()) {
        throw new IllegalArgumentException("must be of the form name=http://host:port");
      }
      MemberUrl url = MemberUrl.parse(part.substring(equals + 1).strip());
      checkPeerUrl(url);
      members.computeIfAbsent(name, any -> new ArrayList<>()).add(url);
    }
    return new InitialCluster(members);
  }

  /**
   * Checks a URL that other members are to use.
   *
   * @throws IllegalArgumentException if they could not
   */
  static void checkPeerUrl(MemberUrl url) {
    if (url.host().isEmpty()) {
      throw new IllegalArgumentException("URL must name a host: " + url);
    }
  }

  /** The URLs of a member; empty if there is none of that name. */
  public List<MemberUrl> urlsOf(String name) {
    return members.getOrDefault(name, List.of());
  }

  /** The URLs of all members. */
  List<MemberUrl> urls() {
    return members.values().stream().flatMap(List::stream).toList();
  }

  /** The URLs of all members but one. */
  public List<MemberUrl> urlsOfOthers(String name) {
    return members.entrySet().stream()
        .filter(member -> !member.getKey().equals(name))
        .flatMap(member -> member.getValue().stream())
        .toList();
  }

  /**
   * Checks that a member can start in this cluster.
   *
   * @param advertised the URLs under which that member is reachable, by its own settings
   * @param comparison decides whether two URLs lead to the same place
   * @throws ConfigurationException with one line if the member is not among these, has other URLs
   *     here than it advertises, or if two members share a URL
   */
  public void verify(String name, List<MemberUrl> advertised, UrlComparison comparison) {
    List<MemberUrl> own = urlsOf(name);
    if (own.isEmpty()) {
      throw new ConfigurationException(
          "couldn't find local name \"" + name + "\" in --initial-cluster=" + this);
    }
    Set<MemberUrl> seen = new HashSet<>();
    for (List<MemberUrl> urls : members.values()) {
      for (MemberUrl url : urls) {
        if (!seen.add(url)) {
          throw new ConfigurationException(
              "--initial-cluster has duplicate url " + url + ": " + this);
        }
      }
    }
    if (!comparison.sameSet(own, advertised)) {
      throw mismatch(name, own, advertised);
    }
  }

  /** In etcd's words, which name what is missing on the other side. */
  private static ConfigurationException mismatch(
      String name, List<MemberUrl> own, List<MemberUrl> advertised) {
    List<MemberUrl> missing = own.stream().filter(url -> !advertised.contains(url)).toList();
    if (!missing.isEmpty()) {
      return new ConfigurationException(
          "--initial-cluster has "
              + entries(name, missing)
              + " but missing from --initial-advertise-peer-urls="
              + join(advertised));
    }
    return new ConfigurationException(
        "--initial-advertise-peer-urls has "
            + join(advertised.stream().filter(url -> !own.contains(url)).toList())
            + " but missing from --initial-cluster="
            + entries(name, own));
  }

  private static String entries(String name, Collection<MemberUrl> urls) {
    return urls.stream().map(url -> name + "=" + url).collect(Collectors.joining(","));
  }

  private static String join(Collection<MemberUrl> urls) {
    return urls.stream().map(MemberUrl::toString).collect(Collectors.joining(","));
  }

  /** In the notation of the flag. */
  @Override
  public String toString() {
    return members.entrySet().stream()
        .map(member -> entries(member.getKey(), member.getValue()))
        .collect(Collectors.joining(","));
  }
}
