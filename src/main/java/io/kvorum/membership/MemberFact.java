package io.kvorum.membership;

import io.kvorum.model.Bytes;
import io.kvorum.model.ClusterMember;
import java.util.ArrayList;
import java.util.List;

/**
 * Encodes a member as a durable fact: {@code member/<id>}, or {@code member-removed/<id>} (with an
 * empty value) for one that was removed, ids as 16 hexadecimal digits. The value is readable text:
 *
 * <pre>
 * v1
 * name=m0
 * learner=false
 * peer=http://127.0.0.1:2380
 * client=http://127.0.0.1:2379
 * </pre>
 *
 * <p>One line for each URL; within a line, line ends and backslashes are escaped by a backslash.
 * Stateless.
 *
 * <p>Held by: MemberTableTest.
 */
final class MemberFact {
  private static final String VERSION = "v1";
  private static final String MEMBER_PREFIX = "member/";
  private static final String REMOVED_PREFIX = "member-removed/";

  private MemberFact() {}

  static String name(long id) {
    return MEMBER_PREFIX + hex(id);
  }

  static String removedName(long id) {
    return REMOVED_PREFIX + hex(id);
  }

  static boolean isMember(String factName) {
    return factName.startsWith(MEMBER_PREFIX);
  }

  static boolean isRemoved(String factName) {
    return factName.startsWith(REMOVED_PREFIX);
  }

  /** The id of a removed member. */
  static long removedId(String factName) {
    return id(factName, REMOVED_PREFIX);
  }

  static Bytes encode(ClusterMember member) {
    StringBuilder text = new StringBuilder(VERSION).append('\n');
    line(text, "name", member.name());
    line(text, "learner", String.valueOf(member.isLearner()));
    member.peerUrls().forEach(url -> line(text, "peer", url));
    member.clientUrls().forEach(url -> line(text, "client", url));
    return Bytes.utf8(text.toString());
  }

  /**
   * The member that a fact describes.
   *
   * @throws IllegalArgumentException if it is of a version that is not known here
   */
  static ClusterMember decode(String factName, Bytes fact) {
    long id = id(factName, MEMBER_PREFIX);
    String[] lines = fact.toUtf8().split("\n", -1);
    if (!lines[0].equals(VERSION)) {
      throw new IllegalArgumentException(
          "member " + Long.toHexString(id) + " is written in an unknown form: " + lines[0]);
    }
    String name = "";
    boolean isLearner = false;
    List<String> peerUrls = new ArrayList<>();
    List<String> clientUrls = new ArrayList<>();
    for (int i = 1; i < lines.length - 1; i++) {
      int equals = lines[i].indexOf('=');
      String value = unescaped(lines[i].substring(equals + 1));
      switch (equals < 0 ? "" : lines[i].substring(0, equals)) {
        case "name" -> name = value;
        case "learner" -> isLearner = Boolean.parseBoolean(value);
        case "peer" -> peerUrls.add(value);
        case "client" -> clientUrls.add(value);
        default ->
            throw new IllegalArgumentException(
                "member " + Long.toHexString(id) + " has an unknown line: " + lines[i]);
      }
    }
    return new ClusterMember(id, name, peerUrls, clientUrls, isLearner);
  }

  private static void line(StringBuilder text, String key, String value) {
    text.append(key)
        .append('=')
        .append(value.replace("\\", "\\\\").replace("\n", "\\n"))
        .append('\n');
  }

  private static String unescaped(String value) {
    if (value.indexOf('\\') < 0) {
      return value;
    }
    StringBuilder text = new StringBuilder(value.length());
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '\\' && i + 1 < value.length()) {
        i++;
        c = value.charAt(i) == 'n' ? '\n' : value.charAt(i);
      }
      text.append(c);
    }
    return text.toString();
  }

  private static String hex(long id) {
    return String.format("%016x", id);
  }

  private static long id(String factName, String prefix) {
    return Long.parseUnsignedLong(factName.substring(prefix.length()), 16);
  }
}
