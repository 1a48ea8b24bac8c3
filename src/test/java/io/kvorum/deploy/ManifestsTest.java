package io.kvorum.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.boot.config.InitialCluster;
import io.kvorum.boot.config.MemberConfig;
import io.kvorum.boot.config.Peers;
import io.kvorum.boot.config.UrlComparison;
import io.kvorum.model.MemberUrl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Reads what is in {@code deploy} as Kubernetes would, and the operations page as people would, and
 * configures members with it.
 */
final class ManifestsTest {
  private static final Path DEPLOY = Path.of("deploy");
  private static final UrlComparison WITHOUT_DNS = new UrlComparison(host -> Set.of());

  @Test
  void theMembersOfTheStatefulSetDeriveTheSameCluster() throws IOException {
    List<MemberConfig> members = statefulMembers();
    InitialCluster cluster = members.get(0).peers().initialCluster();
    assertThat(cluster.members().keySet())
        .containsExactlyElementsOf(members.stream().map(MemberConfig::name).toList());
    for (MemberConfig member : members) {
      assertThat(member.peers().initialCluster()).isEqualTo(cluster);
      assertThatCode(() -> cluster.verify(member.name(), member.peers().advertised(), WITHOUT_DNS))
          .doesNotThrowAnyException();
    }
  }

  @Test
  void theStatefulSetReachesItsMembersWhereTheyListen() throws IOException {
    YamlNode set = named("statefulset.yaml", "StatefulSet", "kvorum");
    YamlNode pod = set.at("spec", "template", "spec");
    YamlNode container = pod.at("containers").items().get(0);
    Map<String, Integer> ports = new LinkedHashMap<>();
    container
        .at("ports")
        .items()
        .forEach(p -> ports.put(p.text("name"), p.number("containerPort")));
    for (MemberConfig member : statefulMembers()) {
      assertThat(ports)
          .containsExactlyInAnyOrderEntriesOf(
              Map.of(
                  "client", port(member.listeners().client()),
                  "peer", port(member.peers().listen())));
      assertThat(port(member.peers().advertised())).isEqualTo(ports.get("peer"));
      assertThat(port(member.listeners().advertisedClient())).isEqualTo(ports.get("client"));
      assertThat(host(member.peers().advertised()))
          .isEqualTo(host(member.listeners().advertisedClient()))
          .isEqualTo(member.name() + "." + set.at("spec").text("serviceName"));
      assertThat(member.dataDirectory())
          .startsWithRaw(Path.of(container.at("volumeMounts").items().get(0).text("mountPath")));
    }
    for (String service : List.of("kvorum", "kvorum-client")) {
      named("statefulset.yaml", "Service", service)
          .at("spec", "ports")
          .items()
          .forEach(p -> assertThat(ports.get(p.text("name"))).isEqualTo(p.number("port")));
    }
    assertThat(set.at("spec").text("serviceName")).isEqualTo("kvorum");
    for (String probe : List.of("startupProbe", "readinessProbe", "livenessProbe")) {
      assertThat(container.at(probe, "httpGet").text("port")).isEqualTo("client");
    }
    assertProbes(container);
  }

  @Test
  void thePartsOfTheStatefulSetSelectItsPodsAndKeepTheQuorum() throws IOException {
    YamlNode set = named("statefulset.yaml", "StatefulSet", "kvorum");
    Object labels = set.at("spec", "template", "metadata", "labels").value();
    assertThat(set.at("spec", "selector", "matchLabels").value()).isEqualTo(labels);
    for (String service : List.of("kvorum", "kvorum-client")) {
      assertThat(named("statefulset.yaml", "Service", service).at("spec", "selector").value())
          .isEqualTo(labels);
    }
    YamlNode headless = named("statefulset.yaml", "Service", "kvorum").at("spec");
    assertThat(headless.text("clusterIP")).isEqualTo("None");
    assertThat(headless.at("publishNotReadyAddresses").value()).isEqualTo(true);
    YamlNode budget = named("statefulset.yaml", "PodDisruptionBudget", "kvorum").at("spec");
    assertThat(budget.at("selector", "matchLabels").value()).isEqualTo(labels);
    assertThat(budget.number("maxUnavailable")).isEqualTo(1);
    assertThat(set.at("spec").text("podManagementPolicy")).isEqualTo("Parallel");
    assertThat(set.at("spec", "volumeClaimTemplates").items().get(0).at("metadata").text("name"))
        .isEqualTo(
            Workload.container(set.at("spec", "template"))
                .at("volumeMounts")
                .items()
                .get(0)
                .text("name"));
  }

  @Test
  void theStaticPodIsAMemberWhoseProbesAskWhereItAnswers() throws IOException {
    YamlNode pod = named("static-pod.yaml", "Pod", "kvorum");
    YamlNode container = Workload.container(pod);
    MemberConfig member = config(flagsOf(container.at("command")));
    member.peers().initialCluster().verify(member.name(), member.peers().advertised(), WITHOUT_DNS);
    assertThat(member.peers().listen()).isEqualTo(member.peers().advertised());
    for (String probe : List.of("startupProbe", "readinessProbe", "livenessProbe")) {
      YamlNode get = container.at(probe, "httpGet");
      assertThat(member.listeners().metrics())
          .containsExactly(new MemberUrl("http", get.text("host"), get.number("port")));
    }
    assertProbes(container);
    YamlNode mount = container.at("volumeMounts").items().get(0);
    YamlNode volume = pod.at("spec", "volumes").items().get(0);
    assertThat(member.dataDirectory()).isEqualTo(Path.of(mount.text("mountPath")));
    assertThat(volume.text("name")).isEqualTo(mount.text("name"));
    assertThat(volume.at("hostPath").text("path")).isEqualTo(mount.text("mountPath"));
    assertThat(pod.at("spec", "hostNetwork").value()).isEqualTo(true);
    assertThat(container.at("env").items())
        .extracting(variable -> variable.text("name"))
        .containsOnly("JVM_ARGS");
  }

  @Test
  void theFlagsInTheCommentsOfTheStaticPodAreThoseOfAJoiningMember() throws IOException {
    Map<String, String> flags =
        flagsOf(Workload.container(named("static-pod.yaml", "Pod", "kvorum")).at("command"));
    flags.put("name", "cp2");
    flags.put("initial-advertise-peer-urls", "http://192.0.2.11:2380");
    Files.readString(DEPLOY.resolve("static-pod.yaml"))
        .lines()
        .filter(line -> line.startsWith("#   --"))
        .forEach(line -> Workload.put(flags, line.substring(1).strip()));
    MemberConfig joining = config(flags);
    assertThat(joining.peers().isExisting()).isTrue();
    joining.peers().initialCluster().verify("cp2", joining.peers().advertised(), WITHOUT_DNS);
  }

  @Test
  void theCommandInTheOperationsPageFoundsACluster() throws IOException {
    String page = Files.readString(Path.of("docs/operations.md"));
    int start = page.indexOf("bin/kvorum --name m1");
    String command = page.substring(start, page.indexOf("```", start)).replace("\\\n", "");
    String[] words = command.strip().split("\\s+");
    Map<String, String> flags = new LinkedHashMap<>();
    for (int i = 1; i < words.length; i += 2) {
      Workload.put(flags, words[i] + "=" + words[i + 1]);
    }
    Peers peers = config(flags).peers();
    assertThat(peers.initialCluster().members()).hasSize(3);
    peers.initialCluster().verify("m1", peers.advertised(), WITHOUT_DNS);
  }

  @Test
  void theApiOfKubernetesAcceptsEveryObject() throws Exception {
    KubernetesApi.assertValid(objects("statefulset.yaml"));
    KubernetesApi.assertValid(objects("static-pod.yaml"));
  }

  @Test
  void aFieldThatTheApiDoesNotHaveIsNoticed() throws IOException {
    String text = Files.readString(DEPLOY.resolve("static-pod.yaml"));
    String misspelled = text.replaceFirst("failureThreshold", "failureTreshold");
    assertThat(misspelled).isNotEqualTo(text);
    assertThatThrownBy(
            () -> KubernetesApi.assertValid(YamlNode.documents("static-pod.yaml", misspelled)))
        .hasRootCauseInstanceOf(IllegalArgumentException.class)
        .hasStackTraceContaining("failureTreshold");
  }

  private static void assertProbes(YamlNode container) {
    assertThat(container.at("livenessProbe", "httpGet").text("path")).isEqualTo("/livez");
    assertThat(container.at("readinessProbe", "httpGet").text("path")).isEqualTo("/readyz");
    assertThat(container.at("startupProbe", "httpGet").text("path")).isEqualTo("/livez");
  }

  private static List<MemberConfig> statefulMembers() throws IOException {
    return Workload.members(named("statefulset.yaml", "StatefulSet", "kvorum"));
  }

  private static MemberConfig config(Map<String, String> flags) {
    return Workload.config(flags, Map.of());
  }

  private static Map<String, String> flagsOf(YamlNode command) {
    List<YamlNode> words = command.items();
    Map<String, String> flags = new LinkedHashMap<>();
    words.subList(1, words.size()).forEach(word -> Workload.put(flags, word.value().toString()));
    return flags;
  }

  private static int port(List<MemberUrl> urls) {
    assertThat(urls).hasSize(1);
    return urls.get(0).port();
  }

  private static String host(List<MemberUrl> urls) {
    return urls.get(0).host();
  }

  private static List<YamlNode> objects(String file) throws IOException {
    return YamlNode.documents(file, Files.readString(DEPLOY.resolve(file)));
  }

  private static YamlNode named(String file, String kind, String name) throws IOException {
    return objects(file).stream()
        .filter(object -> object.identity().equals(kind + " " + name))
        .reduce(
            (one, other) -> {
              throw new AssertionError("two of " + one.identity());
            })
        .orElseThrow(() -> new AssertionError("no " + kind + " " + name + " in " + file));
  }
}
