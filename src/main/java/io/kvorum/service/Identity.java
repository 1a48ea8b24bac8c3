package io.kvorum.service;

import io.kvorum.model.ClusterMember;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Identifies this member with the ids that are in every response header, derived as in etcd, so
 * that the same flags give the same ids. Immutable.
 */
public record Identity(long clusterId, long memberId, String memberName) {

  /** Names this member in log lines, as others do. */
  public String label() {
    return ClusterMember.label(memberName, memberId);
  }

  /** The identity of the only member of a new cluster. */
  public static Identity ofFirstMember(String name, List<String> peerUrls, String clusterToken) {
    return ofCluster(Map.of(name, peerUrls), clusterToken, name);
  }

  /**
   * The identity of one of the founding members of a cluster.
   *
   * @param members their peer URLs by name
   * @throws IllegalArgumentException if {@code ownName} is not among them, or if two members have
   *     the same URLs
   */
  public static Identity ofCluster(
      Map<String, List<String>> members, String clusterToken, String ownName) {
    List<String> own = members.get(ownName);
    if (own == null) {
      throw new IllegalArgumentException("there is no member \"" + ownName + "\"");
    }
    List<ClusterMember> all = initialMembers(members, clusterToken);
    ByteBuffer ids = ByteBuffer.allocate(all.size() * Long.BYTES);
    all.forEach(member -> ids.putLong(member.id()));
    return new Identity(firstBytesOfSha1(ids.array()), memberId(own, clusterToken), ownName);
  }

  /**
   * The founding members of a cluster, before any has published its client URLs, in the order of
   * their ids; the same on each of them.
   *
   * @param members their peer URLs by name
   * @throws IllegalArgumentException if two members have the same URLs
   */
  public static List<ClusterMember> initialMembers(
      Map<String, List<String>> members, String clusterToken) {
    Map<Long, ClusterMember> byId = new TreeMap<>(Long::compareUnsigned);
    members.forEach(
        (name, urls) -> {
          List<String> sorted = urls.stream().sorted().toList();
          ClusterMember member =
              new ClusterMember(memberId(urls, clusterToken), name, sorted, List.of(), false);
          ClusterMember twin = byId.put(member.id(), member);
          if (twin != null) {
            throw new IllegalArgumentException(
                "members \"%s\" and \"%s\" have the same URLs".formatted(twin.name(), name));
          }
        });
    return List.copyOf(byId.values());
  }

  private static long memberId(List<String> peerUrls, String clusterToken) {
    String sortedUrls = String.join("", peerUrls.stream().sorted().toList());
    return firstBytesOfSha1((sortedUrls + clusterToken).getBytes(StandardCharsets.UTF_8));
  }

  /**
   * The id of a member that is added to a cluster: as in etcd, from the time instead of the token
   * of the cluster, so that the same URLs can return as another member.
   *
   * @param sortedPeerUrls at least one
   */
  public static long ofAddedMember(List<String> sortedPeerUrls, long unixSeconds) {
    String input = String.join("", sortedPeerUrls) + unixSeconds;
    return firstBytesOfSha1(input.getBytes(StandardCharsets.UTF_8));
  }

  private static long firstBytesOfSha1(byte[] input) {
    try {
      return ByteBuffer.wrap(MessageDigest.getInstance("SHA-1").digest(input)).getLong();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-1", e);
    }
  }
}
