package io.kvorum.boot.config;

import io.kvorum.model.MemberUrl;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The settings for talking to other members. Those of the initial cluster only apply to the first
 * start: their form is checked here, their consistency by {@link InitialCluster#verify} when they
 * apply. Immutable.
 *
 * <p>Held by: MemberConfigTest.
 *
 * @param listen where other members may connect
 * @param advertised where others reach this member, at its first start; sorted
 * @param initialCluster the founders; this member alone by default; ignored where {@code
 *     discoverySrv} is present
 * @param initialClusterToken distinguishes clusters with the same URLs
 * @param isExisting whether this member joins a running cluster instead of founding one
 * @param discoverySrv the DNS records that name the founders
 * @param forceNewCluster whether this member becomes, with its data, a cluster of one
 * @param strictReconfigCheck whether changes that would lose the quorum are refused
 * @param maxLearners of the whole cluster, at least 1
 * @param tls of the URLs that are {@code https}; empty if none is
 */
public record Peers(
    List<MemberUrl> listen,
    List<MemberUrl> advertised,
    InitialCluster initialCluster,
    String initialClusterToken,
    boolean isExisting,
    Optional<SrvService> discoverySrv,
    boolean forceNewCluster,
    boolean strictReconfigCheck,
    int maxLearners,
    Optional<TransportSecurity> tls) {

  /** The advertised URL if no setting names one. */
  private static final List<MemberUrl> DEFAULT = MemberUrl.parseList("http://localhost:2380");

  static Peers from(Settings settings, String name) {
    Optional<SrvService> discoverySrv = SrvService.from(settings);
    List<MemberUrl> listen = listen(settings);
    List<MemberUrl> advertised = advertised(settings, name);
    InitialCluster cluster =
        settings.isSet("initial-cluster")
            ? initialCluster(settings)
            : InitialCluster.sole(name, advertised);
    return new Peers(
        listen,
        advertised,
        cluster,
        settings.text("initial-cluster-token"),
        isExisting(settings),
        discoverySrv,
        settings.bool("force-new-cluster"),
        settings.bool("strict-reconfig-check"),
        settings.intNumber("max-learners", 1),
        TransportSecurity.ofPeers(
            settings,
            listen,
            Stream.concat(advertised.stream(), cluster.urls().stream()).toList()));
  }

  private static List<MemberUrl> listen(Settings settings) {
    List<MemberUrl> listen = ListenUrls.ofMembers(settings, "listen-peer-urls");
    if (listen.isEmpty()) {
      throw settings.refusal("listen-peer-urls", "must name at least one URL");
    }
    return listen;
  }

  private static boolean isExisting(Settings settings) {
    String state = settings.text("initial-cluster-state");
    if (!state.equals("new") && !state.equals("existing")) {
      throw settings.refusal("initial-cluster-state", "must be new or existing");
    }
    return state.equals("existing");
  }

  private static List<MemberUrl> advertised(Settings settings, String name) {
    String flag = "initial-advertise-peer-urls";
    if (settings.isSet(flag)) {
      List<MemberUrl> urls = settings.urls(flag);
      try {
        urls.forEach(InitialCluster::checkPeerUrl);
      } catch (IllegalArgumentException wrong) {
        throw settings.refusal(flag, wrong.getMessage());
      }
      return urls;
    }
    List<MemberUrl> own =
        settings.isSet("initial-cluster") ? initialCluster(settings).urlsOf(name) : List.of();
    return own.isEmpty() ? DEFAULT : own;
  }

  private static InitialCluster initialCluster(Settings settings) {
    try {
      return InitialCluster.parse(settings.text("initial-cluster"));
    } catch (IllegalArgumentException wrong) {
      throw settings.refusal("initial-cluster", wrong.getMessage());
    }
  }
}
