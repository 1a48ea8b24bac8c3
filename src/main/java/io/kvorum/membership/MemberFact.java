package io.kvorum.membership;

import io.kvorum.model.Bytes;
import io.kvorum.model.ClusterMember;
import java.util.ArrayList;
import java.util.List;

/**
 * The durable form of a member, as text that people can read:
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
 * The id stands in the name of the fact. Stateless.
 */
final class MemberFact {
  private static final String VERSION = "v1";

  private MemberFact() {}

  static Bytes encode(ClusterMember member) {
    StringBuilder text = new StringBuilder(VERSION).append('\n');
    line(text, "name", member.name());
    line(text, "learner", String.valueOf(member.isLearner()));
    member.peerUrls().forEach(url -> line(text, "peer", url));
    member.clientUrls().forEach(url -> line(text, "client", url));
    return Bytes.utf8(text.toString());
  }

  /**
   * @throws IllegalArgumentException if it is not a member of a version that is known here
   */
  static ClusterMember decode(long id, Bytes fact) {
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
}
