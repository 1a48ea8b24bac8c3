package io.kvorum.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kvorum.boot.config.InitialCluster;
import io.kvorum.boot.config.MemberConfig;
import io.kvorum.boot.config.UrlComparison;
import io.kvorum.testing.ServerKind;
import io.kvorum.testing.SystemCommand;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The chart in {@code deploy/helm}, rendered by a real helm; {@code .ci/run} installs one where Go
 * is there.
 */
final class HelmChartTest {
  private static final String CHART = "deploy/helm/kvorum";
  private static final UrlComparison WITHOUT_DNS = new UrlComparison(host -> Set.of());

  @TempDir private Path directory;

  @BeforeEach
  void helmIsHere() {
    assumeTrue(
        ServerKind.onPath("helm").isPresent(),
        "no helm on the PATH; get it: go install helm.sh/helm/v3/cmd/helm@v3.19.0");
  }

  @Test
  void lintHasNothingToSay() throws Exception {
    SystemCommand.Outcome lint =
        SystemCommand.attempt("helm", "lint", "--strict", "--quiet", CHART);
    assertThat(lint.output()).isEmpty();
    assertThat(lint.succeeded()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "replicaCount=1",
        "replicaCount=5,fullnameOverride=etcd",
        "podDisruptionBudget.enabled=false,networkPolicy.enabled=false",
        "service.type=LoadBalancer,service.port=80,service.annotations.a=b",
        "networkPolicy.clientsFrom[0].namespaceSelector.matchLabels.team=a",
        "podLabels.a=b,podAnnotations.c=d,nodeSelector.disk=ssd,priorityClassName=high",
        "tolerations[0].key=k,tolerations[0].operator=Exists,imagePullSecrets[0].name=s",
        "extraArgs[0]=--max-learners=2,extraEnv[0].name=ETCD_MAX_TXN_OPS",
        "persistence.storageClassName=fast,persistence.annotations.a=b,image.tag=1.2.3"
      })
  void theApiOfKubernetesAcceptsWhatIsRenderedWith(String values) throws Exception {
    KubernetesApi.assertValid(render(values));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "replicaCount=0",
        "replicaCount=8",
        "replicas=3",
        "cluster.initialState=old",
        "persistence.size=big",
        "logLevel=loud"
      })
  void theSchemaRefuses(String values) throws Exception {
    SystemCommand.Outcome outcome = template(values);
    assertThat(outcome.succeeded()).isFalse();
    assertThat(outcome.output()).contains("values don't meet the specifications of the schema");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "replicaCount=1", "replicaCount=5,cluster.initialState=existing"})
  void theMembersDeriveTheSameClusterAndListenWhereTheyAreLookedFor(String values)
      throws Exception {
    List<YamlNode> objects = render(values);
    YamlNode set = only(objects, "StatefulSet");
    List<MemberConfig> members = Workload.members(set);
    InitialCluster cluster = members.get(0).peers().initialCluster();
    assertThat(cluster.members().keySet())
        .containsExactlyElementsOf(members.stream().map(MemberConfig::name).toList());
    String domain = "." + set.at("spec").text("serviceName") + ".prod.svc";
    assertThat(headless(objects).at("metadata").text("name"))
        .isEqualTo(set.at("spec").text("serviceName"));
    YamlNode container = Workload.container(set.at("spec", "template"));
    List<Integer> ports =
        container.at("ports").items().stream().map(port -> port.number("containerPort")).toList();
    for (MemberConfig member : members) {
      assertThat(member.peers().initialCluster()).isEqualTo(cluster);
      assertThatCode(() -> cluster.verify(member.name(), member.peers().advertised(), WITHOUT_DNS))
          .doesNotThrowAnyException();
      assertThat(member.peers().advertised()).hasSize(1);
      assertThat(member.peers().advertised().get(0).host()).isEqualTo(member.name() + domain);
      assertThat(member.listeners().advertisedClient().get(0).host())
          .isEqualTo(member.name() + domain);
      assertThat(ports)
          .containsExactly(
              member.listeners().client().get(0).port(), member.peers().listen().get(0).port());
      assertThat(member.dataDirectory())
          .startsWithRaw(Path.of(container.at("volumeMounts").items().get(0).text("mountPath")));
    }
  }

  @Test
  void everyObjectSelectsThePodsAndNamesTheirPorts() throws Exception {
    List<YamlNode> objects = render("serviceMonitor.enabled=true,podLabels.more=yes");
    YamlNode set = only(objects, "StatefulSet");
    Object selector = set.at("spec", "selector", "matchLabels").value();
    assertThat(set.at("spec", "template", "metadata", "labels").toString())
        .contains(selector.toString().replaceAll("[{}]", ""));
    for (YamlNode object : objects) {
      switch (object.text("kind")) {
        case "Service" -> {
          assertThat(object.at("spec", "selector").value()).isEqualTo(selector);
          object
              .at("spec", "ports")
              .items()
              .forEach(port -> assertThat(port.text("targetPort")).isIn("client", "peer"));
        }
        case "PodDisruptionBudget" -> {
          assertThat(object.at("spec", "selector", "matchLabels").value()).isEqualTo(selector);
          assertThat(object.at("spec").number("maxUnavailable")).isEqualTo(1);
        }
        case "NetworkPolicy" ->
            assertThat(object.at("spec", "podSelector", "matchLabels").value()).isEqualTo(selector);
        case "StatefulSet", "ServiceMonitor" -> {}
        default -> throw new AssertionError("not checked: " + object.identity());
      }
    }
    assertThat(set.at("spec").text("podManagementPolicy")).isEqualTo("Parallel");
    YamlNode headless = headless(objects);
    assertThat(headless.at("spec", "publishNotReadyAddresses").value()).isEqualTo(true);
    YamlNode monitor = only(objects, "ServiceMonitor");
    assertThat(monitor.text("apiVersion")).isEqualTo("monitoring.coreos.com/v1");
    assertThat(headless.at("metadata", "labels").toString())
        .contains(
            monitor.at("spec", "selector", "matchLabels").text("app.kubernetes.io/component"));
    assertThat(headless.at("spec", "ports").items())
        .extracting(port -> port.text("name"))
        .contains(monitor.at("spec", "endpoints").item().text("port"));
  }

  @Test
  void onlyReadinessDependsOnTheCluster() throws Exception {
    YamlNode container = Workload.container(only(render(""), "StatefulSet").at("spec", "template"));
    assertThat(container.at("startupProbe", "httpGet").text("path")).isEqualTo("/livez");
    assertThat(container.at("livenessProbe", "httpGet").text("path")).isEqualTo("/livez");
    assertThat(container.at("readinessProbe", "httpGet").text("path")).isEqualTo("/readyz");
    // No check takes longer than three seconds.
    for (String probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
      assertThat(container.at(probe).number("timeoutSeconds")).isGreaterThan(3);
      assertThat(container.at(probe).number("failureThreshold")).isGreaterThan(1);
    }
  }

  @Test
  void thePodsHaveNoMoreRightsThanTheyNeed() throws Exception {
    YamlNode pod = only(render(""), "StatefulSet").at("spec", "template");
    assertThat(pod.at("spec", "securityContext", "runAsNonRoot").value()).isEqualTo(true);
    assertThat(pod.at("spec", "automountServiceAccountToken").value()).isEqualTo(false);
    YamlNode security = Workload.container(pod).at("securityContext");
    assertThat(security.at("readOnlyRootFilesystem").value()).isEqualTo(true);
    assertThat(security.at("allowPrivilegeEscalation").value()).isEqualTo(false);
    assertThat(security.at("capabilities", "drop").item().value()).isEqualTo("ALL");
  }

  @Test
  void theChartIsOfTheVersionThatIsBuilt() throws Exception {
    Matcher version =
        Pattern.compile("<artifactId>kvorum</artifactId>\\s*<version>([^<]+)<")
            .matcher(Files.readString(Path.of("pom.xml")));
    assertThat(version.find()).isTrue();
    YamlNode container = Workload.container(only(render(""), "StatefulSet").at("spec", "template"));
    assertThat(container.text("image")).isEqualTo("kvorum:" + version.group(1));
  }

  @Test
  void theNotesSayWhereTheClusterIsAndHowToEnlargeIt() throws Exception {
    // helm prints them only after it has asked a cluster, so here they are a value of a template.
    Path chart = Files.createDirectories(directory.resolve("kvorum/templates")).getParent();
    for (String file : List.of("Chart.yaml", "values.yaml", "templates/_helpers.tpl")) {
      Files.copy(Path.of(CHART, file), chart.resolve(file));
    }
    Files.copy(Path.of(CHART, "templates/NOTES.txt"), chart.resolve("notes"));
    Files.writeString(
        chart.resolve("templates/notes.yaml"),
        "notes: {{ tpl (.Files.Get \"notes\") . | quote }}\n");
    SystemCommand.Outcome notes =
        SystemCommand.attempt("helm", "template", "db", chart.toString(), "-n", "prod");
    assertThat(notes.succeeded()).as(notes.output()).isTrue();
    assertThat(YamlNode.documents("notes", notes.output()).get(0).text("notes"))
        .contains(
            "http://db-kvorum.prod.svc:2379",
            "etcdctl member add db-kvorum-3"
                + " --peer-urls=http://db-kvorum-3.db-kvorum-headless.prod.svc:2380",
            "--set replicaCount=4 --set cluster.initialState=existing",
            "no TLS");
  }

  private static YamlNode headless(List<YamlNode> objects) {
    return objects.stream()
        .filter(object -> object.text("kind").equals("Service"))
        .filter(service -> service.at("spec").has("clusterIP"))
        .findFirst()
        .orElseThrow();
  }

  private static YamlNode only(List<YamlNode> objects, String kind) {
    List<YamlNode> found =
        objects.stream().filter(object -> object.text("kind").equals(kind)).toList();
    assertThat(found).as(kind).hasSize(1);
    return found.get(0);
  }

  private static List<YamlNode> render(String values) throws InterruptedException {
    SystemCommand.Outcome outcome = template(values);
    assertThat(outcome.succeeded()).as(outcome.output()).isTrue();
    return YamlNode.documents(CHART + " with " + values, outcome.output());
  }

  private static SystemCommand.Outcome template(String values) throws InterruptedException {
    List<String> command =
        new ArrayList<>(Arrays.asList("helm", "template", "db", CHART, "-n", "prod"));
    if (!values.isEmpty()) {
      command.addAll(List.of("--set", values));
    }
    return SystemCommand.attempt(command.toArray(String[]::new));
  }
}
