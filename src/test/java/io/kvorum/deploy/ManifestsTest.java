package io.kvorum.boot.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.kvorum.model.MemberUrl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * Reads what is in {@code deploy} as Kubernetes would, and the operations page as people would, and
 * configures members with it.
 */
final class ManifestsTest {
  private static final Path DEPLOY = Path.of("deploy");
  private static final UrlComparison WITHOUT_DNS = new UrlComparison(host -> Set.of());

  /** Variables of the launcher script, not of the member. */
  private static final Set<String> OF_THE_SCRIPT = Set.of("JVM_ARGS");

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
    Node set = named("statefulset.yaml", "StatefulSet", "kvorum");
    Node pod = set.at("spec", "template", "spec");
    Node container = pod.at("containers").items().get(0);
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
    Node set = named("statefulset.yaml", "StatefulSet", "kvorum");
    Object labels = set.at("spec", "template", "metadata", "labels").value();
    assertThat(set.at("spec", "selector", "matchLabels").value()).isEqualTo(labels);
    for (String service : List.of("kvorum", "kvorum-client")) {
      assertThat(named("statefulset.yaml", "Service", service).at("spec", "selector").value())
          .isEqualTo(labels);
    }
    Node headless = named("statefulset.yaml", "Service", "kvorum").at("spec");
    assertThat(headless.text("clusterIP")).isEqualTo("None");
    assertThat(headless.at("publishNotReadyAddresses").value()).isEqualTo(true);
    Node budget = named("statefulset.yaml", "PodDisruptionBudget", "kvorum").at("spec");
    assertThat(budget.at("selector", "matchLabels").value()).isEqualTo(labels);
    assertThat(budget.number("maxUnavailable")).isEqualTo(1);
    assertThat(set.at("spec").text("podManagementPolicy")).isEqualTo("Parallel");
    assertThat(set.at("spec", "volumeClaimTemplates").items().get(0).at("metadata").text("name"))
        .isEqualTo(
            container(set.at("spec", "template")).at("volumeMounts").items().get(0).text("name"));
  }

  @Test
  void theStaticPodIsAMemberWhoseProbesAskWhereItAnswers() throws IOException {
    Node pod = named("static-pod.yaml", "Pod", "kvorum");
    Node container = container(pod);
    MemberConfig member = config(flagsOf(container.at("command")));
    member.peers().initialCluster().verify(member.name(), member.peers().advertised(), WITHOUT_DNS);
    assertThat(member.peers().listen()).isEqualTo(member.peers().advertised());
    for (String probe : List.of("startupProbe", "readinessProbe", "livenessProbe")) {
      Node get = container.at(probe, "httpGet");
      assertThat(member.listeners().metrics())
          .containsExactly(new MemberUrl("http", get.text("host"), get.number("port")));
    }
    assertProbes(container);
    Node mount = container.at("volumeMounts").items().get(0);
    Node volume = pod.at("spec", "volumes").items().get(0);
    assertThat(member.dataDirectory()).isEqualTo(Path.of(mount.text("mountPath")));
    assertThat(volume.text("name")).isEqualTo(mount.text("name"));
    assertThat(volume.at("hostPath").text("path")).isEqualTo(mount.text("mountPath"));
    assertThat(pod.at("spec", "hostNetwork").value()).isEqualTo(true);
    container
        .at("env")
        .items()
        .forEach(variable -> assertThat(OF_THE_SCRIPT).contains(variable.text("name")));
  }

  @Test
  void theFlagsInTheCommentsOfTheStaticPodAreThoseOfAJoiningMember() throws IOException {
    Map<String, String> flags =
        flagsOf(container(named("static-pod.yaml", "Pod", "kvorum")).at("command"));
    flags.put("name", "cp2");
    flags.put("initial-advertise-peer-urls", "http://192.0.2.11:2380");
    Files.readString(DEPLOY.resolve("static-pod.yaml"))
        .lines()
        .filter(line -> line.startsWith("#   --"))
        .forEach(line -> put(flags, line.substring(1).strip()));
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
      put(flags, words[i] + "=" + words[i + 1]);
    }
    Peers peers = config(flags).peers();
    assertThat(peers.initialCluster().members()).hasSize(3);
    peers.initialCluster().verify("m1", peers.advertised(), WITHOUT_DNS);
  }

  @Test
  void theImageHoldsWhatTheManifestsStart() throws IOException {
    String dockerfile = Files.readString(DEPLOY.resolve("Dockerfile"));
    Object command =
        ((List<?>) container(named("static-pod.yaml", "Pod", "kvorum")).at("command").value())
            .get(0);
    assertThat(dockerfile).contains("ENTRYPOINT [\"" + command + "\"]");
    assertThat(dockerfile).contains("COPY target/installation /opt/kvorum\n");
    dockerfile
        .lines()
        .filter(line -> line.startsWith("ENV "))
        .forEach(line -> assertVariable(line.substring(4).replaceFirst("=.*", "")));
  }

  private static void assertProbes(Node container) {
    assertThat(container.at("livenessProbe", "httpGet").text("path")).isEqualTo("/livez");
    assertThat(container.at("readinessProbe", "httpGet").text("path")).isEqualTo("/readyz");
    assertThat(container.at("startupProbe", "httpGet").text("path")).isEqualTo("/readyz");
  }

  /** One configuration per replica, with the variables expanded as Kubernetes does. */
  private static List<MemberConfig> statefulMembers() throws IOException {
    Node set = named("statefulset.yaml", "StatefulSet", "kvorum");
    Node container = container(set.at("spec", "template"));
    return IntStream.range(0, set.at("spec").number("replicas"))
        .mapToObj(replica -> environment(container, "kvorum-" + replica))
        .map(environment -> FlagValues.resolve(Map.of(), environment))
        .peek(values -> assertThat(values.warnings()).isEmpty())
        .map(values -> MemberConfig.fromFlags(values::get))
        .toList();
  }

  private static Map<String, String> environment(Node container, String podName) {
    Map<String, String> environment = new LinkedHashMap<>();
    for (Node variable : container.at("env").items()) {
      String name = variable.text("name");
      assertVariable(name);
      if (variable.has("valueFrom")) {
        assertThat(variable.at("valueFrom", "fieldRef").text("fieldPath"))
            .isEqualTo("metadata.name");
        environment.put(name, podName);
      } else {
        String value = variable.text("value");
        for (Map.Entry<String, String> earlier : environment.entrySet()) {
          value = value.replace("$(" + earlier.getKey() + ")", earlier.getValue());
        }
        assertThat(value).doesNotContain("$(");
        environment.put(name, value);
      }
    }
    return environment;
  }

  private static void assertVariable(String name) {
    if (!OF_THE_SCRIPT.contains(name)) {
      assertThat(Flags.all().stream().filter(flag -> flag.status() == Flag.Status.WORKS))
          .extracting(Flag::environmentVariable)
          .contains(name);
    }
  }

  private static Map<String, String> flagsOf(Node command) {
    Map<String, String> flags = new LinkedHashMap<>();
    List<?> words = (List<?>) command.value();
    words.subList(1, words.size()).forEach(word -> put(flags, word.toString()));
    return flags;
  }

  private static void put(Map<String, String> flags, String word) {
    assertThat(word).startsWith("--").contains("=");
    String[] pair = word.substring(2).split("=", 2);
    flags.put(pair[0], pair[1]);
  }

  private static MemberConfig config(Map<String, String> flags) {
    for (String flag : flags.keySet()) {
      assertThat(Flags.find(flag)).as("flag --" + flag).isNotNull();
    }
    FlagValues values = FlagValues.resolve(flags, Map.of());
    assertThat(values.warnings()).isEmpty();
    return MemberConfig.fromFlags(values::get);
  }

  private static int port(List<MemberUrl> urls) {
    assertThat(urls).hasSize(1);
    return urls.get(0).port();
  }

  private static String host(List<MemberUrl> urls) {
    return urls.get(0).host();
  }

  private static Node container(Node podTemplate) {
    return podTemplate.at("spec", "containers").items().get(0);
  }

  private static Node named(String file, String kind, String name) throws IOException {
    List<Node> found = new ArrayList<>();
    Load load = new Load(LoadSettings.builder().setLabel(file).build());
    for (Object document : load.loadAllFromString(Files.readString(DEPLOY.resolve(file)))) {
      Node node = new Node(document);
      if (node.text("kind").equals(kind) && node.at("metadata").text("name").equals(name)) {
        found.add(node);
      }
    }
    assertThat(found).as(kind + " " + name + " in " + file).hasSize(1);
    return found.get(0);
  }

  /** A node of a YAML document; reading what is not there fails the test. */
  private record Node(Object value) {
    Node at(String... path) {
      Object place = value;
      for (String key : path) {
        assertThat(place).as(String.join(".", path)).isInstanceOf(Map.class);
        place = ((Map<?, ?>) place).get(key);
        assertThat(place).as(String.join(".", path)).isNotNull();
      }
      return new Node(place);
    }

    boolean has(String key) {
      return ((Map<?, ?>) value).containsKey(key);
    }

    List<Node> items() {
      return ((List<?>) value).stream().map(item -> new Node(item)).toList();
    }

    String text(String key) {
      return at(key).value().toString();
    }

    int number(String key) {
      return Integer.parseInt(text(key));
    }
  }
}
