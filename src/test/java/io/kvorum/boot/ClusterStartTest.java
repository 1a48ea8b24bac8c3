package io.kvorum.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.boot.ClusterStart.OnDisk;
import io.kvorum.boot.IdentityFile.Stage;
import io.kvorum.boot.IdentityFile.Stored;
import io.kvorum.boot.StartPlan.Found;
import io.kvorum.boot.StartPlan.Join;
import io.kvorum.boot.StartPlan.Restart;
import io.kvorum.boot.config.ConfigurationException;
import io.kvorum.boot.config.DataDirectory;
import io.kvorum.boot.config.InitialCluster;
import io.kvorum.boot.config.MemberConfig;
import io.kvorum.boot.config.SrvService;
import io.kvorum.boot.config.UrlComparison;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.MemberUrl;
import io.kvorum.peer.ClusterDescription;
import io.kvorum.service.Identity;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ClusterStartTest {
  private static final String THREE = "a=http://a:1,b=http://b:1,c=http://c:1";
  private static final OnDisk NOTHING = new OnDisk(Optional.empty(), false);

  /** What {@link #THREE} and the default token give. */
  private static final Map<String, List<String>> FOUNDERS =
      Map.of("a", List.of("http://a:1"), "b", List.of("http://b:1"), "c", List.of("http://c:1"));

  private static final Identity DERIVED = Identity.ofCluster(FOUNDERS, "etcd-cluster", "c");
  private static final long OTHER_CLUSTER = 0xfeedL;

  private final Map<String, String> flags = new HashMap<>(Map.of("name", "c"));
  private final List<ClusterDescription> answers = new ArrayList<>();
  private final List<MemberUrl> asked = new ArrayList<>();
  private Function<SrvService, InitialCluster> dns =
      service -> {
        throw new AssertionError("DNS was asked for " + service);
      };

  // ---- Something is on disk.

  @Test
  void aMemberThatHasStartedBeforeResumesWithoutAskingTheOthers() {
    flags.put("initial-cluster", THREE);
    Restart restart = (Restart) decide(member(DERIVED, Stage.MEMBER));
    assertThat(restart).isEqualTo(new Restart(DERIVED, false, Optional.empty()));
    assertThat(asked).isEmpty();
  }

  @Test
  void settingsThatDifferFromTheDirectoryAreIgnoredWithANote() {
    flags.put("initial-cluster", "c=http://elsewhere:1");
    Restart restart = (Restart) decide(member(DERIVED, Stage.MEMBER));
    assertThat(restart.identity()).isEqualTo(DERIVED);
    assertThat(restart.note().orElseThrow())
        .startsWith("resuming as member " + DERIVED.label())
        .contains("from the data directory; --initial-* flags only apply to the first start");
  }

  @Test
  void settingsThatMakeNoSenseDoNotStopAMemberThatHasStartedBefore() {
    flags.put("initial-cluster", "a=http://a:1,b=http://a:1");
    assertThat(decide(member(DERIVED, Stage.MEMBER)).identity()).isEqualTo(DERIVED);
    flags.put("initial-cluster", "a=http://a:1,c=http://a:1");
    assertThat(decide(member(DERIVED, Stage.MEMBER)).identity()).isEqualTo(DERIVED);
  }

  @Test
  void aMemberThatHasStartedBeforeDoesNotAskDns() {
    flags.put("discovery-srv", "example.com");
    flags.put("initial-cluster-state", "existing");
    assertThat(decide(member(DERIVED, Stage.MEMBER)))
        .isEqualTo(new Restart(DERIVED, false, Optional.empty()));
  }

  @Test
  void aMemberCanBeMadeAClusterOfItsOwn() {
    flags.put("force-new-cluster", "true");
    assertThat(((Restart) decide(member(DERIVED, Stage.MEMBER))).forceNewCluster()).isTrue();
  }

  @Test
  void forceNewClusterNeedsTheDataOfAMember() {
    flags.put("force-new-cluster", "true");
    String line = "--force-new-cluster needs the data of a member, but the data directory has none";
    refuses(NOTHING, line);
    refuses(member(DERIVED, Stage.JOINING), line);
  }

  @Test
  void theOnlyMemberFindsItsIdsAgainWhenTheirFileIsLost() {
    flags.put("initial-advertise-peer-urls", "http://c:1");
    Identity sole = Identity.ofFirstMember("c", List.of("http://c:1"), "etcd-cluster");
    assertThat(decide(new OnDisk(Optional.empty(), true)))
        .isEqualTo(new Restart(sole, false, Optional.empty()));
  }

  @Test
  void aMemberOfSeveralDoesNotGuessItsIds() {
    OnDisk dataAlone = new OnDisk(Optional.empty(), true);
    flags.put("initial-cluster", THREE);
    refuses(dataAlone, "the data directory has a log, but no identity.properties");
    flags.put("initial-cluster", "c=http://c:1");
    flags.put("initial-cluster-state", "existing");
    refuses(dataAlone, "the data directory has a log, but no identity.properties");
  }

  @Test
  void looksForDataBeforeItIsOpened(@TempDir Path data) throws IOException {
    flags.put("data-dir", data.toString());
    try (DataDirectory directory = DataDirectory.hold(config())) {
      assertThat(OnDisk.in(directory, "c")).isEqualTo(NOTHING);
      Files.createDirectories(directory.wal().resolve("lost+found"));
      assertThat(OnDisk.in(directory, "c")).isEqualTo(NOTHING);
      Files.writeString(directory.wal().resolve("log"), "x");
      assertThat(OnDisk.in(directory, "c")).isEqualTo(new OnDisk(Optional.empty(), true));
      new IdentityFile(directory.member()).save(DERIVED, Stage.JOINING);
      assertThat(OnDisk.in(directory, "c"))
          .isEqualTo(new OnDisk(Optional.of(new Stored(DERIVED, Stage.JOINING)), true));
    }
  }

  // ---- A new cluster.

  @Test
  void aSingleMemberFoundsItsClusterWithoutAskingAnyone() {
    flags.put("initial-advertise-peer-urls", "http://c:1");
    Found found = (Found) decide(NOTHING);
    assertThat(found.identity())
        .isEqualTo(Identity.ofFirstMember("c", List.of("http://c:1"), "etcd-cluster"));
    assertThat(found.members())
        .containsExactly(
            new ClusterMember(
                found.identity().memberId(), "c", List.of("http://c:1"), List.of(), false));
    assertThat(asked).isEmpty();
  }

  @Test
  void threeMembersFoundTheirClusterWithoutWaitingForEachOther() {
    flags.put("initial-cluster", THREE);
    assertThat(decide(NOTHING))
        .isEqualTo(new Found(DERIVED, Identity.initialMembers(FOUNDERS, "etcd-cluster")));
    assertThat(asked).hasToString("[http://a:1, http://b:1]");
  }

  @Test
  void aFounderMayComeLateToItsCluster() {
    flags.put("initial-cluster", THREE);
    answer(DERIVED.clusterId(), started("a"), started("b"), founder("c"));
    answer(DERIVED.clusterId());
    assertThat(decide(NOTHING)).isInstanceOf(Found.class);
  }

  @Test
  void aFounderThatLostItsDataDoesNotFoundAgain() {
    flags.put("initial-cluster", THREE);
    answer(DERIVED.clusterId(), started("a"), started("b"), founder("c"));
    answer(DERIVED.clusterId(), started("a"), started("b"), started("c"));
    refuses(NOTHING, "member " + DERIVED.label() + " has already been bootstrapped");
  }

  @Test
  void aFounderThatWasRemovedDoesNotFoundAgain() {
    flags.put("initial-cluster", THREE);
    answer(DERIVED.clusterId(), started("a"), started("b"));
    refuses(
        NOTHING,
        "member %s has been removed from cluster %x"
            .formatted(DERIVED.label(), DERIVED.clusterId()));
  }

  @Test
  void aClusterIsNotFoundedWithMembersOfAnother() {
    flags.put("initial-cluster", THREE);
    answer(OTHER_CLUSTER, started("a"), started("b"));
    refuses(
        NOTHING,
        "members of --initial-cluster belong to cluster feed already, and the settings found"
            + " cluster "
            + hex(DERIVED.clusterId())
            + ": to join, use --initial-cluster-state=existing");
  }

  @Test
  void aFounderThatWasInterruptedFoundsAgainUnderItsIds() {
    flags.put("initial-cluster", THREE);
    assertThat(decide(member(DERIVED, Stage.FOUNDING)))
        .isEqualTo(new Found(DERIVED, Identity.initialMembers(FOUNDERS, "etcd-cluster")));
    flags.put("initial-cluster-token", "another");
    refuses(
        member(DERIVED, Stage.FOUNDING),
        "the first start as member %s of cluster %x was not completed"
            .formatted(DERIVED.label(), DERIVED.clusterId()));
  }

  @Test
  void theSettingsOfAFounderAreCheckedBeforeTheOthersAreAsked() {
    flags.put("initial-cluster", "a=http://a:1,b=http://b:1");
    refuses(NOTHING, "couldn't find local name \"c\" in --initial-cluster=");
    flags.put("initial-cluster", "a=http://c:1,c=http://c:1");
    refuses(NOTHING, "--initial-cluster has duplicate url http://c:1");
    flags.put("initial-cluster", THREE);
    flags.put("initial-advertise-peer-urls", "http://d:1");
    refuses(
        NOTHING,
        "--initial-cluster has c=http://c:1 but missing from"
            + " --initial-advertise-peer-urls=http://d:1");
    assertThat(asked).isEmpty();
  }

  @Test
  void foundersThatDnsNamesHaveTheSameRecordsEverywhere() {
    flags.put("discovery-srv", "example.com");
    flags.put("initial-advertise-peer-urls", "http://c:1");
    dns = service -> cluster("a:1=http://a:1,b:1=http://b:1,c=http://c:1");
    Found onC = (Found) decide(NOTHING);
    flags.put("name", "a");
    flags.put("initial-advertise-peer-urls", "http://a:1");
    dns = service -> cluster("a=http://a:1,b:1=http://b:1,c:1=http://c:1");
    Found onA = (Found) decide(NOTHING);
    assertThat(onC.identity()).isEqualTo(DERIVED);
    assertThat(onA.members()).isEqualTo(onC.members()).hasSize(3);
    assertThat(onA.members()).allSatisfy(member -> assertThat(member.name()).isEmpty());
  }

  // ---- A cluster that runs.

  @Test
  void aMemberThatWasAddedJoinsUnderTheIdThatTheClusterGaveIt() {
    existing();
    ClusterMember added = added(7, "http://c:1", false);
    answer(OTHER_CLUSTER, started("a"), started("b"), added);
    Join join = (Join) decide(NOTHING);
    assertThat(join.identity()).isEqualTo(new Identity(OTHER_CLUSTER, 7, "c"));
    assertThat(join.members()).containsExactly(started("a"), started("b"), added);
  }

  @Test
  void urlsThatLeadToTheSamePlaceAreTheSameMember() {
    existing();
    flags.put("initial-cluster", "a=http://a:1,b=http://b:1,c=http://localhost:1");
    answer(OTHER_CLUSTER, started("a"), started("b"), added(7, "http://127.0.0.1:1", true));
    assertThat(decide(NOTHING).identity().memberId()).isEqualTo(7);
  }

  @Test
  void theRefusalOfAMemberThatWasNotAddedShowsHowToAddIt() {
    existing();
    answer(OTHER_CLUSTER, started("a"), started("b"));
    refuses(
        NOTHING,
        "error validating peerURLs {cluster feed: ",
        ": http://c:1 is not a member: add it first with etcdctl member add c"
            + " --peer-urls=http://c:1");
  }

  @Test
  void aClusterOfAnotherSizeIsNotJoined() {
    existing();
    answer(OTHER_CLUSTER, started("a"), added(7, "http://c:1", false));
    refuses(NOTHING, "member count is unequal: --initial-cluster has 3, the cluster has 2");
  }

  @Test
  void aClusterOfOthersThanExpectedIsNotJoined() {
    existing();
    answer(OTHER_CLUSTER, started("a"), started("d"), added(7, "http://c:1", false));
    refuses(NOTHING, "PeerURLs: no match found for existing member (", ", [http://d:1])");
  }

  @Test
  void aMemberWithAMalformedUrlMatchesNoExpectedOne() {
    existing();
    answer(OTHER_CLUSTER, started("a"), added(8, "http://b", false), added(7, "http://c:1", false));
    refuses(NOTHING, "PeerURLs: no match found for existing member (8, [http://b])");
  }

  @Test
  void twoMembersAtOnePlaceCannotBeToldApart() {
    existing();
    answer(
        OTHER_CLUSTER, started("a"), added(7, "http://c:1", false), added(8, "http://c:1", true));
    refuses(NOTHING, "several members have the URLs http://c:1");
  }

  @Test
  void anAnswerThatLagsBehindDoesNotPreventAJoin() {
    existing();
    answerOfAFollower(OTHER_CLUSTER, started("a"), started("b"));
    answer(OTHER_CLUSTER, started("a"), started("b"), added(7, "http://c:1", false));
    assertThat(decide(NOTHING).identity().memberId()).isEqualTo(7);
  }

  @Test
  void theLeaderHasTheLastWordAboutWhatDoesNotFit() {
    existing();
    answerOfAFollower(OTHER_CLUSTER, started("a"), started("b"));
    answer(OTHER_CLUSTER, started("a"), started("b"), started("d"), added(7, "http://c:1", false));
    refuses(NOTHING, "member count is unequal: --initial-cluster has 3, the cluster has 4");
  }

  @Test
  void aVoterThatLostItsDataDoesNotComeBackUnderItsOldId() {
    existing();
    ClusterMember lost = started("c");
    ClusterMember before = new ClusterMember(lost.id(), "", lost.peerUrls(), List.of(), false);
    answerOfAFollower(OTHER_CLUSTER, started("a"), started("b"), before);
    answer(OTHER_CLUSTER, started("a"), started("b"), lost);
    refuses(NOTHING, "member " + lost.label() + " has already been bootstrapped");
  }

  /** A follower may still take a member for a learner that has just been promoted. */
  @Test
  void theAnswersOfFollowersAloneDoNotSufficeForAJoin() {
    existing();
    ClusterMember c = started("c");
    ClusterMember learner = new ClusterMember(c.id(), c.name(), c.peerUrls(), c.clientUrls(), true);
    answerOfAFollower(OTHER_CLUSTER, started("a"), started("b"), learner);
    refuses(NOTHING, "cannot fetch cluster info from peer urls: no leader of the cluster answers");
    answer(OTHER_CLUSTER, started("a"), started("b"), c);
    refuses(NOTHING, "member " + c.label() + " has already been bootstrapped");
  }

  @Test
  void aLearnerThatLostItsDataComesBack() {
    existing();
    ClusterMember c = started("c");
    ClusterMember learner = new ClusterMember(c.id(), c.name(), c.peerUrls(), c.clientUrls(), true);
    answer(OTHER_CLUSTER, started("a"), started("b"), learner);
    assertThat(decide(NOTHING)).isInstanceOf(Join.class);
  }

  @Test
  void aClusterWithoutAnAnswerIsNotJoined() {
    existing();
    String line =
        "cannot fetch cluster info from peer urls: could not retrieve cluster information from"
            + " [http://a:1, http://b:1]";
    refuses(NOTHING, line);
    answer(OTHER_CLUSTER);
    refuses(NOTHING, line);
  }

  @Test
  void membersOfDifferentClustersAreRefused() {
    existing();
    answer(OTHER_CLUSTER, started("a"), started("b"), added(7, "http://c:1", false));
    answer(0xbeefL, started("b"));
    refuses(NOTHING, "members of --initial-cluster belong to different clusters: beef, feed");
  }

  @Test
  void anInterruptedJoinResumesUnderTheSameIdEvenIfTheClusterHasGrownSince() {
    existing();
    Identity known = new Identity(OTHER_CLUSTER, 7, "c");
    ClusterMember moved = added(7, "http://c:2", false);
    answer(OTHER_CLUSTER, started("a"), started("b"), moved, started("d"));
    assertThat(decide(member(known, Stage.JOINING)))
        .isEqualTo(new Join(known, List.of(started("a"), started("b"), moved, started("d"))));
  }

  @Test
  void anInterruptedJoinEndsIfTheMemberWasRemovedSince() {
    existing();
    Identity known = new Identity(OTHER_CLUSTER, 7, "c");
    refuses(member(known, Stage.JOINING), "cannot fetch cluster info from peer urls");
    answer(OTHER_CLUSTER, started("a"), started("b"));
    refuses(member(known, Stage.JOINING), "member c (7) has been removed from cluster feed");
    answers.clear();
    answer(0xbeefL, started("a"));
    refuses(
        member(known, Stage.JOINING),
        "this member was about to join cluster feed, but the members of --initial-cluster belong"
            + " to cluster beef");
  }

  private void existing() {
    flags.put("initial-cluster", THREE);
    flags.put("initial-cluster-state", "existing");
  }

  private void answer(long clusterId, ClusterMember... members) {
    answers.add(description(clusterId, 1, members));
  }

  private void answerOfAFollower(long clusterId, ClusterMember... members) {
    answers.add(description(clusterId, 2, members));
  }

  /** The answer of member 1. */
  private static ClusterDescription description(
      long clusterId, long leaderId, ClusterMember... members) {
    return new ClusterDescription(clusterId, 1, leaderId, 5, List.of(members), "test");
  }

  private StartPlan decide(OnDisk onDisk) {
    Function<List<MemberUrl>, List<ClusterDescription>> describe =
        urls -> {
          asked.addAll(urls);
          return List.copyOf(answers);
        };
    UrlComparison comparison =
        new UrlComparison(
            host ->
                Set.of("localhost", "127.0.0.1").contains(host)
                    ? Set.of(InetAddress.getLoopbackAddress())
                    : Set.of());
    MemberConfig config = config();
    return new ClusterStart(config.name(), config.peers(), dns, describe, comparison)
        .decide(onDisk);
  }

  private MemberConfig config() {
    return MemberConfig.fromFlags(flags::get);
  }

  private void refuses(OnDisk onDisk, String... parts) {
    assertThatThrownBy(() -> decide(onDisk))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContainingAll(parts)
        .hasMessageNotContaining("\n");
  }

  private static OnDisk member(Identity identity, Stage stage) {
    return new OnDisk(Optional.of(new Stored(identity, stage)), true);
  }

  /** A founder that has not published its client URLs. */
  private static ClusterMember founder(String name) {
    List<String> urls = List.of("http://" + name + ":1");
    return Identity.initialMembers(Map.of(name, urls), "etcd-cluster").get(0);
  }

  private static ClusterMember started(String name) {
    ClusterMember founder = founder(name);
    return new ClusterMember(
        founder.id(), name, founder.peerUrls(), List.of("http://" + name + ":2"), false);
  }

  private static ClusterMember added(long id, String url, boolean isLearner) {
    return new ClusterMember(id, "", List.of(url), List.of(), isLearner);
  }

  private static InitialCluster cluster(String text) {
    Map<String, List<MemberUrl>> members = new HashMap<>();
    for (String part : text.split(",")) {
      String[] pair = part.split("=");
      members.put(pair[0], MemberUrl.parseList(pair[1]));
    }
    return new InitialCluster(new TreeMap<>(members));
  }

  private static String hex(long id) {
    return Long.toHexString(id);
  }
}
