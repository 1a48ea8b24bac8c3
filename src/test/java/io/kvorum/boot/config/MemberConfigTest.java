package io.kvorum.boot.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.audit.AuditPolicy;
import io.kvorum.model.MemberUrl;
import io.kvorum.support.Rotation;
import io.kvorum.tls.AllowedCertificates;
import io.kvorum.tls.TlsFiles;
import io.kvorum.tls.TlsPair;
import io.kvorum.tls.TlsProfile;
import io.kvorum.tls.TlsVersion;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class MemberConfigTest {
  @Test
  void theDefaultsAreEtcds() {
    Path dataDirectory = Path.of("default.etcd").toAbsolutePath();
    List<MemberUrl> client = List.of(new MemberUrl("http", "localhost", 2379));
    List<MemberUrl> peer = List.of(new MemberUrl("http", "localhost", 2380));
    assertThat(MemberConfig.fromFlags(flag -> null))
        .isEqualTo(
            new MemberConfig(
                "default",
                dataDirectory,
                dataDirectory.resolve("member/wal"),
                new Listeners(client, List.of(), List.of(), client, Optional.empty()),
                new Peers(
                    peer,
                    peer,
                    InitialCluster.sole("default", peer),
                    "etcd-cluster",
                    false,
                    Optional.empty(),
                    false,
                    true,
                    1,
                    Optional.empty()),
                new MemberConfig.Limits(
                    OptionalLong.of(2L << 30),
                    128,
                    1572864,
                    0,
                    new Http2Config(
                        Integer.MAX_VALUE,
                        Duration.ofSeconds(5),
                        Duration.ofHours(2),
                        Duration.ofSeconds(20))),
                new MemberConfig.RaftTiming(10_000, Duration.ofMillis(100), Duration.ofSeconds(1)),
                new MemberConfig.AutoCompaction(
                    MemberConfig.AutoCompaction.Mode.PERIODIC, Duration.ZERO, 0),
                0.5,
                Optional.empty(),
                Optional.empty(),
                new CorruptionCheckTimes(false, Duration.ZERO, false, Duration.ofMinutes(1)),
                new HttpAccess(Set.of("*"), Set.of("*"), true),
                Duration.ofMinutes(10),
                new AuthConfig(Optional.empty(), Duration.ofSeconds(300), 10, false, List.of()),
                Optional.empty(),
                new Logging(
                    LogLevel.INFO,
                    Logging.Format.CONSOLE,
                    Set.of(Logging.Stream.STDERR),
                    List.of(),
                    Rotation.none()),
                new Observing(
                    false,
                    false,
                    Duration.ofMillis(300),
                    Duration.ofMillis(100),
                    Optional.empty(),
                    FeatureGates.defaults())));
  }

  @Test
  void everyFlagThatWorksReachesItsPlace() {
    Map<String, String> flags = new LinkedHashMap<>();
    flags.put("name", "m1");
    flags.put("data-dir", "/data/./m1");
    flags.put("wal-dir", "/wal/m1");
    flags.put("auth-token", "jwt,sign-method=RS256,priv-key=/k,pub-key=/p,ttl=2m,x=y");
    flags.put("auth-token-ttl", "60");
    flags.put("bcrypt-cost", "12");
    flags.put("listen-client-urls", "http://127.0.0.1:1");
    flags.put("listen-client-http-urls", "http://127.0.0.1:2");
    flags.put("listen-metrics-urls", "http://127.0.0.1:3");
    flags.put("advertise-client-urls", "http://m1.example:4");
    flags.put("listen-peer-urls", "http://127.0.0.1:5");
    flags.put("initial-advertise-peer-urls", "http://m1.example:6");
    flags.put("initial-cluster", "m2=http://m2.example:6,m1=http://m1.example:6");
    flags.put("initial-cluster-state", "existing");
    flags.put("force-new-cluster", "true");
    flags.put("strict-reconfig-check", "false");
    flags.put("max-learners", "3");
    flags.put("initial-cluster-token", "token");
    flags.put("quota-backend-bytes", "1000");
    flags.put("max-txn-ops", "7");
    flags.put("max-concurrent-streams", "10");
    flags.put("grpc-keepalive-min-time", "11s");
    flags.put("grpc-keepalive-interval", "12s");
    flags.put("grpc-keepalive-timeout", "13s");
    flags.put("max-request-bytes", "8");
    flags.put("max-connections-per-address", "9");
    flags.put("snapshot-count", "9");
    flags.put("heartbeat-interval", "10");
    flags.put("election-timeout", "50");
    flags.put("auto-compaction-mode", "revision");
    flags.put("auto-compaction-retention", "11");
    flags.put("auto-defrag-free-ratio", "0.25");
    flags.put("backup-interval", "6h");
    flags.put("backup-dir", "/backups/");
    flags.put("backup-keep", "3");
    flags.put("backup-member", "m2");
    flags.put("encryption-key-file", "/etc/kvorum/keys");
    flags.put("cors", "https://b.example:443,http://a.example:80");
    flags.put("host-whitelist", "m1.example,localhost");
    flags.put("enable-grpc-gateway", "false");
    flags.put("watch-progress-notify-interval", "12s");
    flags.put("feature-gates", "InitialCorruptCheck=true,CompactHashCheck=true");
    flags.put("corrupt-check-time", "13s");
    flags.put("compact-hash-check-time", "14ms");
    flags.put("audit-log-path", "/var/log/audit.log");
    flags.put("audit-log-maxsize", "15");
    flags.put("log-level", "debug");
    flags.put("log-format", "json");
    flags.put("log-outputs", "stdout,/var/log/kvorum.log");
    flags.put("enable-log-rotation", "true");
    flags.put("log-rotation-config-json", "{\"maxsize\": 16}");
    flags.put("metrics", "extensive");
    flags.put("enable-pprof", "true");
    flags.put("warning-unary-request-duration", "1s");
    flags.put("warning-apply-duration", "2s");
    flags.put("enable-distributed-tracing", "true");
    flags.put("distributed-tracing-address", "collector.example:4318");
    flags.put("distributed-tracing-service-name", "kvorum");
    flags.put("distributed-tracing-instance-id", "m1");
    flags.put("distributed-tracing-sampling-rate", "1000");
    assertThat(MemberConfig.fromFlags(flags::get))
        .isEqualTo(
            new MemberConfig(
                "m1",
                Path.of("/data/m1"),
                Path.of("/wal/m1"),
                new Listeners(
                    List.of(new MemberUrl("http", "127.0.0.1", 1)),
                    List.of(new MemberUrl("http", "127.0.0.1", 2)),
                    List.of(new MemberUrl("http", "127.0.0.1", 3)),
                    List.of(new MemberUrl("http", "m1.example", 4)),
                    Optional.empty()),
                new Peers(
                    List.of(new MemberUrl("http", "127.0.0.1", 5)),
                    List.of(new MemberUrl("http", "m1.example", 6)),
                    new InitialCluster(
                        new TreeMap<>(
                            Map.of(
                                "m1", List.of(new MemberUrl("http", "m1.example", 6)),
                                "m2", List.of(new MemberUrl("http", "m2.example", 6))))),
                    "token",
                    true,
                    Optional.empty(),
                    true,
                    false,
                    3,
                    Optional.empty()),
                new MemberConfig.Limits(
                    OptionalLong.of(1000),
                    7,
                    8,
                    9,
                    new Http2Config(
                        10,
                        Duration.ofSeconds(11),
                        Duration.ofSeconds(12),
                        Duration.ofSeconds(13))),
                new MemberConfig.RaftTiming(9, Duration.ofMillis(10), Duration.ofMillis(50)),
                new MemberConfig.AutoCompaction(
                    MemberConfig.AutoCompaction.Mode.REVISION, Duration.ZERO, 11),
                0.25,
                Optional.of(
                    new Backups(Duration.ofHours(6), Path.of("/backups"), 3, Optional.of("m2"))),
                Optional.of(Path.of("/etc/kvorum/keys")),
                new CorruptionCheckTimes(true, Duration.ofSeconds(13), true, Duration.ofMillis(14)),
                new HttpAccess(
                    Set.of("http://a.example:80", "https://b.example:443"),
                    Set.of("m1.example", "localhost"),
                    false),
                Duration.ofSeconds(12),
                new AuthConfig(
                    Optional.of(new AuthConfig.Jwt("RS256", "/k", "/p", Duration.ofMinutes(2))),
                    Duration.ofSeconds(60),
                    12,
                    false,
                    List.of("--auth-token: the option x is not known, and ignored")),
                Optional.of(
                    new Audit(
                        Optional.of(Path.of("/var/log/audit.log")),
                        new Rotation(15L << 20, 0, Duration.ZERO),
                        AuditPolicy.metadataOfAll())),
                new Logging(
                    LogLevel.DEBUG,
                    Logging.Format.JSON,
                    Set.of(Logging.Stream.STDOUT),
                    List.of(Path.of("/var/log/kvorum.log")),
                    new Rotation(16L << 20, 0, Duration.ZERO)),
                new Observing(
                    true,
                    true,
                    Duration.ofSeconds(1),
                    Duration.ofSeconds(2),
                    Optional.of(new Tracing("collector.example", 4318, "kvorum", "m1", 1000)),
                    FeatureGates.parse("InitialCorruptCheck=true,CompactHashCheck=true"))));
  }

  @Test
  void tokensThatCannotBeMadeAreRefusedAndTheCostOfAHashIsReplaced() {
    for (String wrong :
        List.of(
            "",
            "nonsense",
            "simple,x",
            "jwt",
            "jwt,sign-method=none",
            "jwt,sign-method=RS256,ttl=x",
            "jwt,sign-method=RS256,ttl=0s",
            "jwt,sign-method=RS256,ttl=",
            "jwt,sign-method=RS256,sign-method=RS256")) {
      assertThatThrownBy(() -> MemberConfig.fromFlags(Map.of("auth-token", wrong)::get))
          .as(wrong)
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("auth-token");
    }
    AuthConfig replaced =
        MemberConfig.fromFlags(Map.of("bcrypt-cost", "3", "auth-token-ttl", "0")::get).auth();
    assertThat(replaced.bcryptCost()).isEqualTo(10);
    assertThat(replaced.simpleTokenTtl()).isEqualTo(Duration.ofSeconds(300));
    assertThat(replaced.warnings()).singleElement().asString().contains("--bcrypt-cost 3");
    assertThat(MemberConfig.fromFlags(Map.of("bcrypt-cost", "16")::get).auth().bcryptCost())
        .isEqualTo(16);
    assertThatThrownBy(() -> MemberConfig.fromFlags(Map.of("bcrypt-cost", "17")::get))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("must be at most 16");
  }

  @Test
  void discoveryReplacesTheInitialCluster() {
    Map<String, String> flags =
        Map.of("discovery-srv", "example.com.", "discovery-srv-name", "blue");
    SrvService service = MemberConfig.fromFlags(flags::get).peers().discoverySrv().orElseThrow();
    assertThat(service.plainName()).isEqualTo("_etcd-server-blue._tcp.example.com");
    assertThat(service.secureName()).isEqualTo("_etcd-server-ssl-blue._tcp.example.com");
    SrvService plain =
        MemberConfig.fromFlags(Map.of("discovery-srv", "example.com")::get)
            .peers()
            .discoverySrv()
            .orElseThrow();
    assertThat(plain.plainName()).isEqualTo("_etcd-server._tcp.example.com");
  }

  @Test
  void theInitialClusterAndDiscoveryAreMutuallyExclusive() {
    Map<String, String> flags =
        Map.of("discovery-srv", "example.com", "initial-cluster", "default=http://a:1");
    assertThatThrownBy(() -> MemberConfig.fromFlags(flags::get))
        .hasMessage(
            "invalid value \"example.com\" for flag --discovery-srv: --initial-cluster is set too;"
                + " choose one of the two");
  }

  @Test
  void aMemberAdvertisesItsUrlsOfTheInitialCluster() {
    assertThat(
            MemberConfig.fromFlags(
                    Map.of("initial-cluster", "x=http://b:2,default=http://b:1,default=http://a:1")
                        ::get)
                .peers()
                .advertised())
        .hasToString("[http://a:1, http://b:1]");
  }

  @Test
  void aSoleMemberFoundsItsClusterAtItsAdvertisedUrls() {
    Map<String, String> flags =
        Map.of("name", "m1", "initial-advertise-peer-urls", "http://b:1,http://a:1");
    Peers peers = MemberConfig.fromFlags(flags::get).peers();
    assertThat(peers.initialCluster()).hasToString("m1=http://a:1,m1=http://b:1");
  }

  @Test
  void settingsOfTheFirstStartAreNotVerifiedLater() {
    Peers peers =
        MemberConfig.fromFlags(
                Map.of(
                        "initial-advertise-peer-urls",
                        "http://new:1",
                        "initial-cluster",
                        "other=http://old:1")
                    ::get)
            .peers();
    assertThat(peers.advertised()).hasToString("[http://new:1]");
  }

  @Test
  void whatIsNotPositiveStandsForWhatGrpcDoes() {
    Map<String, String> flags =
        Map.of(
            "max-concurrent-streams", "0",
            "grpc-keepalive-min-time", "0s",
            "grpc-keepalive-interval", "0s",
            "grpc-keepalive-timeout", "1s");
    assertThat(MemberConfig.fromFlags(flags::get).limits().http2())
        .isEqualTo(
            new Http2Config(
                Integer.MAX_VALUE,
                Duration.ofMinutes(5),
                Duration.ofHours(2),
                Duration.ofSeconds(20)));
    Map<String, String> often = Map.of("grpc-keepalive-interval", "10ms");
    assertThat(MemberConfig.fromFlags(often::get).limits().http2().pingInterval())
        .isEqualTo(Duration.ofSeconds(1));
  }

  @Test
  void everyFlagThatWorksHasBeenSetInATestHere() {
    assertThat(Flags.all().stream().filter(flag -> flag.status() == Flag.Status.WORKS))
        .extracting(Flag::name)
        .containsExactlyInAnyOrder(
            "config-file",
            "cors",
            "host-whitelist",
            "enable-grpc-gateway",
            "auth-token",
            "auth-token-ttl",
            "bcrypt-cost",
            "cert-file",
            "key-file",
            "client-cert-auth",
            "client-crl-file",
            "client-cert-allowed-hostname",
            "trusted-ca-file",
            "auto-tls",
            "self-signed-cert-validity",
            "cipher-suites",
            "tls-min-version",
            "tls-max-version",
            "peer-cert-file",
            "peer-key-file",
            "peer-client-cert-auth",
            "peer-client-cert-file",
            "peer-client-key-file",
            "peer-trusted-ca-file",
            "peer-cert-allowed-cn",
            "peer-cert-allowed-hostname",
            "peer-auto-tls",
            "peer-crl-file",
            "peer-skip-client-san-verification",
            "name",
            "data-dir",
            "wal-dir",
            "snapshot-count",
            "heartbeat-interval",
            "election-timeout",
            "listen-peer-urls",
            "listen-client-urls",
            "listen-client-http-urls",
            "quota-backend-bytes",
            "max-txn-ops",
            "max-concurrent-streams",
            "grpc-keepalive-min-time",
            "grpc-keepalive-interval",
            "grpc-keepalive-timeout",
            "max-request-bytes",
            "initial-advertise-peer-urls",
            "initial-cluster",
            "initial-cluster-state",
            "initial-cluster-token",
            "discovery-srv",
            "discovery-srv-name",
            "strict-reconfig-check",
            "max-learners",
            "force-new-cluster",
            "advertise-client-urls",
            "auto-compaction-retention",
            "auto-compaction-mode",
            "auto-defrag-free-ratio",
            "backup-interval",
            "backup-dir",
            "backup-keep",
            "backup-member",
            "encryption-key-file",
            "listen-metrics-urls",
            "log-level",
            "logger",
            "log-outputs",
            "log-format",
            "enable-log-rotation",
            "log-rotation-config-json",
            "metrics",
            "enable-pprof",
            "warning-unary-request-duration",
            "warning-apply-duration",
            "enable-distributed-tracing",
            "distributed-tracing-address",
            "distributed-tracing-service-name",
            "distributed-tracing-instance-id",
            "distributed-tracing-sampling-rate",
            "feature-gates",
            "corrupt-check-time",
            "compact-hash-check-time",
            "watch-progress-notify-interval",
            "audit-log-path",
            "audit-policy-file",
            "audit-log-maxsize",
            "audit-log-maxbackup",
            "audit-log-maxage",
            "max-connections-per-address",
            "socket-reuse-address",
            "admin-cert-file",
            "admin-key-file",
            "admin-trusted-ca-file",
            "kvorum-admin-url");
  }

  @Test
  void propertiesCarryTheSameValues() {
    Map<String, String> properties = Map.of("kvorum.name", "m1", "kvorum.max-txn-ops", "7");
    MemberConfig config = MemberConfig.fromProperties(properties::get);
    assertThat(config.name()).isEqualTo("m1");
    assertThat(config.dataDirectory()).isEqualTo(Path.of("m1.etcd").toAbsolutePath());
    assertThat(config.limits().maxTxnOps()).isEqualTo(7);
  }

  @Test
  void withoutAnAdvertisedUrlTheMemberAdvertisesWhereItListens() {
    MemberConfig config =
        MemberConfig.fromFlags(
            Map.of("listen-client-urls", "http://localhost:1,http://10.0.0.1:2")::get);
    assertThat(config.listeners().advertisedClient())
        .containsExactly(
            new MemberUrl("http", "10.0.0.1", 2), new MemberUrl("http", "localhost", 1));
  }

  @Test
  void aNegativeQuotaMeansNoLimit() {
    assertThat(MemberConfig.fromFlags(Map.of("quota-backend-bytes", "-1")::get).limits())
        .extracting(MemberConfig.Limits::quotaBytes)
        .isEqualTo(OptionalLong.empty());
  }

  @ParameterizedTest
  @CsvSource({
    "periodic, 0, PT0S, 0",
    "periodic, 2, PT2H, 0",
    "periodic, 90m, PT1H30M, 0",
    "revision, 0, PT0S, 0",
    "revision, 1000, PT0S, 1000"
  })
  void retentionIsReadByItsMode(String mode, String retention, Duration period, long revisions) {
    MemberConfig.AutoCompaction compaction =
        MemberConfig.fromFlags(
                Map.of("auto-compaction-mode", mode, "auto-compaction-retention", retention)::get)
            .autoCompaction();
    assertThat(compaction.period()).isEqualTo(period);
    assertThat(compaction.revisions()).isEqualTo(revisions);
    assertThat(compaction.isOff()).isEqualTo(retention.equals("0"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "name | '' | must not be empty",
        "snapshot-count | 0 | must be at least 1",
        "snapshot-count | x | not a whole number",
        "max-txn-ops | -1 | must not be negative",
        "max-request-bytes | 3000000000 | must be at most 62914560",
        "max-request-bytes | 62914561 | must be at most 62914560",
        "max-txn-ops | 3000000000 | must be at most 2147483647",
        "max-concurrent-streams | 4294967296 | must be at most 4294967295",
        "heartbeat-interval | 0 | must be at least 1",
        "election-timeout | 499 | must be at least 5 times --heartbeat-interval, 100",
        "election-timeout | 50001 | must be at most 50000",
        "listen-client-urls | '' | must name at least one URL",
        "tls-min-version | TLS1.1 | unexpected TLS version \"TLS1.1\" (must be one of: TLS1.2, TLS1.3)",
        "tls-max-version | 1.3 | unexpected TLS version \"1.3\" (must be one of: TLS1.2, TLS1.3)",
        "self-signed-cert-validity | 0 | must be at least 1",
        "cipher-suites | FOO | unexpected TLS cipher suite \"FOO\"",
        "auto-compaction-mode | daily | must be periodic or revision",
        "auto-defrag-free-ratio | half | must be between 0 and 1",
        "auto-defrag-free-ratio | 1.5 | must be between 0 and 1",
        "backup-interval | 1h | needs --backup-dir",
        "backup-interval | -1h | must be at least 1s, or 0 for no backups",
        "backup-interval | 999ms | must be at least 1s, or 0 for no backups",
        "backup-interval | daily | not a duration such as 300ms, 10m or 1h30m",
        "backup-dir | /backups | needs --backup-interval",
        "backup-keep | 3 | needs --backup-interval",
        "backup-keep | 0 | must be at least 1",
        "backup-member | m1 | needs --backup-interval",
        "auto-compaction-retention | -1h | must not be negative",
        "auto-compaction-retention | soon | not a duration such as 300ms, 10m or 1h30m",
        "watch-progress-notify-interval | 0 | must be positive",
        "corrupt-check-time | -1s | must not be negative",
        "compact-hash-check-time | 0 | must be >0",
        "compact-hash-check-time | -1m | must be >0",
        "feature-gates | CorruptCheck=true | unrecognized feature gate: CorruptCheck",
        "log-level | loud | must be debug, info, warn, error, dpanic, panic or fatal",
        "initial-cluster | default | must be of the form name=http://host:port",
        "initial-cluster | =http://a:1 | must be of the form name=http://host:port",
        "initial-cluster | a=http://a:1, | must be of the form name=http://host:port",
        "initial-cluster | a=http://a | URL address does not have the form \"host:port\": http://a",
        "initial-cluster | a=ftp://a:1 | URL scheme must be http or https: ftp://a:1",
        "initial-cluster | a=http://:1 | URL must name a host: http://:1",
        "initial-advertise-peer-urls | http://:1 | URL must name a host: http://:1",
        "initial-cluster-state | old | must be new or existing",
        "listen-peer-urls | '' | must name at least one URL",
        "discovery-srv | http://a | must be a domain name",
        "discovery-srv-name | blue | needs --discovery-srv",
        "max-learners | 0 | must be at least 1",
        "force-new-cluster | maybe | must be true or false",
        "strict-reconfig-check | no | must be true or false; write false"
      })
  void aBadValueIsRefusedInOneLineThatNamesFlagAndValue(String flag, String value, String reason) {
    assertThatThrownBy(() -> MemberConfig.fromFlags(Map.of(flag, value)::get))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage("invalid value \"" + value + "\" for flag --" + flag + ": " + reason);
  }

  /** Three members that ignored discovery would found three clusters of one. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "discovery",
        "discovery-token",
        "discovery-endpoints",
        "discovery-cert",
        "discovery-proxy"
      })
  void aDiscoveryServiceIsRefused(String flag) {
    assertThatThrownBy(() -> MemberConfig.fromFlags(Map.of(flag, "x")::get))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage(
            "invalid value \"x\" for flag --%s: discovery services are not supported; use"
                + " --initial-cluster or --discovery-srv",
            flag);
  }

  @Test
  void everyFlagOfADiscoveryServiceIsRefusedUnlessItHasItsDefault() {
    for (Flag flag : Flags.all()) {
      boolean isOfAService =
          flag.name().startsWith("discovery")
              && !flag.name().startsWith("discovery-srv")
              && !flag.name().equals("discovery-fallback");
      if (isOfAService) {
        assertThat(flag.status()).as(flag.name()).isEqualTo(Flag.Status.REFUSED);
      }
    }
    Map<String, String> asItIs =
        Map.of("discovery-fallback", "exit", "client-cert-auth", "false", "cors", "*");
    assertThatCode(() -> MemberConfig.fromFlags(asItIs::get)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "http://a.example | URL address does not have the form \"host:port\": http://a.example",
        "foo | \"foo\" is not a URL such as http://127.0.0.1:2379",
        "*,http://a.example:80 | \"*\" is not a URL such as http://127.0.0.1:2379",
        "http://a.example:80/ | URL must not contain a path: http://a.example:80/",
        "'' | must be * or URLs such as http://a.example:80",
      })
  void originsThatAreNoneAreRefused(String value, String reason) {
    assertThatThrownBy(() -> MemberConfig.fromFlags(Map.of("cors", value)::get))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage("invalid value \"%s\" for flag --cors: %s", value, reason);
  }

  @Test
  void anEmptyHostWhitelistNamesNoHost() {
    assertThat(MemberConfig.fromFlags(Map.of("host-whitelist", "")::get).http().hosts())
        .containsExactly("");
  }

  @ParameterizedTest
  @CsvSource({
    "cert-file, /a.pem",
    "key-file, /a.key",
    "client-cert-auth, true",
    "auto-tls, true",
    "trusted-ca-file, /ca.pem",
    "client-crl-file, /revoked.crl",
    "client-cert-allowed-hostname, a.example"
  })
  void aFlagOfTlsIsRefusedWhereNoUrlIsSecure(String flag, String value) {
    assertThatThrownBy(() -> MemberConfig.fromFlags(Map.of(flag, value)::get))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage(
            "invalid value \"%s\" for flag --%s: no client URL is https://; refusing to start"
                + " without the protection this flag asks for",
            value, flag);
  }

  private static final Map<String, String> SECURE =
      Map.of(
          "listen-client-urls", "http://127.0.0.1:1,https://127.0.0.1:2",
          "cert-file", "/a.pem",
          "key-file", "/a.key");

  private static Map<String, String> secureWith(String... flags) {
    Map<String, String> all = new LinkedHashMap<>(SECURE);
    for (int i = 0; i < flags.length; i += 2) {
      all.put(flags[i], flags[i + 1]);
    }
    return all;
  }

  private static TransportSecurity tls(String... flags) {
    return MemberConfig.fromFlags(secureWith(flags)::get).listeners().tls().orElseThrow();
  }

  @Test
  void theClientsSideOfTlsIsAsInEtcd() {
    TlsPair pair = new TlsPair("/a.pem", "/a.key");
    assertThat(MemberConfig.fromFlags(flag -> null).listeners().tls()).isEmpty();
    assertThat(tls())
        .isEqualTo(
            new TransportSecurity(
                TlsFiles.of("/a.pem", "/a.key"), TlsProfile.usual(), false, 1, false));
    assertThat(tls("trusted-ca-file", "/ca.pem", "client-crl-file", "/r").files())
        .isEqualTo(
            new TlsFiles(pair, TlsPair.NONE, "/ca.pem", true, "/r", AllowedCertificates.ANY));
    assertThat(
            tls("client-cert-auth", "true", "client-cert-allowed-hostname", "a.example, b").files())
        .isEqualTo(
            new TlsFiles(
                pair,
                TlsPair.NONE,
                "",
                true,
                "",
                new AllowedCertificates(List.of("a.example", "b"), List.of())));
    assertThat(tls("cert-file", "", "key-file", "", "auto-tls", "true").isSelfSigned()).isTrue();
    TransportSecurity given = tls("auto-tls", "true", "self-signed-cert-validity", "9");
    assertThat(given.isSelfSigned()).isFalse();
    assertThat(given.selfSignedYears()).isEqualTo(9);
    TlsProfile profile =
        tls(
                "tls-max-version",
                "TLS1.2",
                "cipher-suites",
                "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305")
            .profile();
    assertThat(profile.newest()).isEqualTo(TlsVersion.TLS_1_2);
    assertThat(profile.suites())
        .endsWith(
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256")
        .hasSize(5);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "key-file | '' | --key-file and --cert-file must both be present [key: , cert: /a.pem]",
        "cert-file | '' | --key-file and --cert-file must both be present [key: /a.key, cert: ]",
        "tls-min-version | TLS1.4 | invalid value \"TLS1.4\" for flag --tls-min-version: unexpected"
            + " TLS version \"TLS1.4\" (must be one of: TLS1.2, TLS1.3)",
        "client-crl-file | r | invalid value \"r\" for flag --client-crl-file: needs"
            + " --trusted-ca-file or --client-cert-auth",
        "client-cert-allowed-hostname | a | invalid value \"a\" for flag"
            + " --client-cert-allowed-hostname: needs --trusted-ca-file or --client-cert-auth",
        "cipher-suites | TLS_RSA_WITH_RC4_128_SHA | invalid value \"TLS_RSA_WITH_RC4_128_SHA\" for flag"
            + " --cipher-suites: cipher suite \"TLS_RSA_WITH_RC4_128_SHA\" is broken, not offered",
        "cipher-suites | TLS_RSA_WITH_AES_128_CBC_SHA | invalid value \"TLS_RSA_WITH_AES_128_CBC_SHA\""
            + " for flag --cipher-suites: HTTP/2 needs at least one of"
            + " TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 or TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
      })
  void aSettingOfTlsThatCannotBeIsRefusedInOneLine(String flag, String value, String line) {
    assertThatThrownBy(() -> tls(flag, value))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage(line);
  }

  @Test
  void settingsOfTlsThatContradictEachOtherAreRefused() {
    assertThatThrownBy(() -> tls("tls-min-version", "TLS1.3", "tls-max-version", "TLS1.2"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("min version (TLS1.3) is greater than max version (TLS1.2)");
    assertThatThrownBy(() -> tls("tls-min-version", "TLS1.3", "cipher-suites", "FOO"))
        .hasMessageContaining("cipher suites cannot be configured when only TLS1.3 is enabled");
    assertThatThrownBy(() -> tls("cert-file", "", "key-file", ""))
        .hasMessage(
            "TLS key/cert (--cert-file, --key-file) must be provided for client url https://127.0.0.1:2"
                + " with HTTPS scheme");
    assertThatThrownBy(() -> tls("listen-client-urls", "http://127.0.0.1:0,https://127.0.0.1:2"))
        .hasMessage(
            "http://127.0.0.1:0 beside an https:// URL needs a port, not 0, so that it is known to be"
                + " plain");
    Map<String, String> metrics = Map.of("listen-metrics-urls", "https://127.0.0.1:3");
    assertThatThrownBy(() -> MemberConfig.fromFlags(metrics::get))
        .hasMessage(
            "client TLS key/cert (--cert-file, --key-file) must be provided for metrics secure url"
                + " https://127.0.0.1:3");
  }

  @Test
  void inRevisionModeTheRetentionIsNotADuration() {
    Map<String, String> flags =
        Map.of("auto-compaction-mode", "revision", "auto-compaction-retention", "1h");
    assertThatThrownBy(() -> MemberConfig.fromFlags(flags::get))
        .hasMessageContaining("must be a number of revisions in revision mode");
  }

  @Test
  void aKeyFileBesideWhatItProtectsIsRefused() {
    Map<String, String> flags =
        Map.of("data-dir", "/data/m1", "encryption-key-file", "/data/m1/keys");
    assertThatThrownBy(() -> MemberConfig.fromFlags(flags::get))
        .hasMessageContaining("must be outside of the directories that it protects");
  }
}
