package io.kvorum.service;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;

/**
 * Who this member is: the ids that stand in every header, derived as etcd derives them, so that the
 * same flags give the same ids.
 */
public record Identity(long clusterId, long memberId, String memberName) {

  /** The identity of the first member of a new cluster. */
  public static Identity ofFirstMember(String name, List<String> peerUrls, String clusterToken) {
    String sortedUrls = String.join("", peerUrls.stream().sorted().toList());
    long memberId = firstBytesOfSha1((sortedUrls + clusterToken).getBytes(StandardCharsets.UTF_8));
    byte[] memberIds = ByteBuffer.allocate(Long.BYTES).putLong(memberId).array();
    return new Identity(firstBytesOfSha1(memberIds), memberId, name);
  }

  /**
   * The id of a member that is added to a cluster: as etcd derives it, without the token of the
   * cluster, but with the time, so that the same URLs can come back as another member.
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
