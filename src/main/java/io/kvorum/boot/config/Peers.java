package io.kvorum.boot.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The member among members. The ids of member and cluster derive from the URLs and the token.
 *
 * @param listen where other members may connect, once there are any
 * @param advertised this member's peer URLs, sorted
 * @param initialClusterToken tells clusters apart that have the same URLs
 */
public record Peers(
    List<MemberUrl> listen, List<MemberUrl> advertised, String initialClusterToken) {

  static Peers from(Settings settings, String name) {
    String state = settings.text("initial-cluster-state");
    if (!state.equals("new") && !state.equals("existing")) {
      throw settings.refusal("initial-cluster-state", "must be new or existing");
    }
    return new Peers(
        settings.urls("listen-peer-urls"),
        advertised(settings, name),
        settings.text("initial-cluster-token"));
  }

  private static List<MemberUrl> advertised(Settings settings, String name) {
    if (!settings.isSet("initial-cluster")) {
      return settings.urls("initial-advertise-peer-urls");
    }
    Map<String, List<MemberUrl>> members = initialCluster(settings);
    if (members.size() > 1) {
      throw settings.refusal("initial-cluster", "more than one member is not supported yet");
    }
    List<MemberUrl> own = members.get(name);
    if (own == null) {
      throw settings.refusal("initial-cluster", "does not contain this member, \"" + name + "\"");
    }
    return own;
  }

  /** A member with several URLs is named once for each. */
  private static Map<String, List<MemberUrl>> initialCluster(Settings settings) {
    Map<String, List<MemberUrl>> members = new TreeMap<>();
    for (String part : settings.text("initial-cluster").split(",", -1)) {
      int equals = part.indexOf('=');
      if (equals < 1) {
        throw settings.refusal("initial-cluster", "must be of the form name=http://host:port");
      }
      try {
        MemberUrl url = MemberUrl.parse(part.substring(equals + 1).strip());
        members
            .computeIfAbsent(part.substring(0, equals).strip(), any -> new ArrayList<>())
            .add(url);
      } catch (IllegalArgumentException wrong) {
        throw settings.refusal("initial-cluster", wrong.getMessage());
      }
    }
    members.replaceAll((member, urls) -> urls.stream().sorted(MemberUrl.ORDER).toList());
    return members;
  }
}
