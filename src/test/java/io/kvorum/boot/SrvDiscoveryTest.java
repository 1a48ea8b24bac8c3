package io.kvorum.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.boot.DnsResponder.Target;
import io.kvorum.boot.config.ConfigurationException;
import io.kvorum.boot.config.InitialCluster;
import io.kvorum.boot.config.SrvService;
import io.kvorum.boot.config.UrlComparison;
import io.kvorum.model.MemberUrl;
import java.io.IOException;
import java.net.InetAddress;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class SrvDiscoveryTest {
  private static final SrvService SERVICE = new SrvService("example.com", "");
  private static final String RECORDS = "_etcd-server._tcp.example.com";
  private static final String SECURE_RECORDS = "_etcd-server-ssl._tcp.example.com";

  private DnsResponder dns;
  private SrvDiscovery discovery;

  @BeforeEach
  void start() throws IOException {
    dns = new DnsResponder();
    discovery =
        new SrvDiscovery(
            dns.url(),
            new UrlComparison(
                host ->
                    Set.of("here", "m1.example.com").contains(host)
                        ? Set.of(InetAddress.getLoopbackAddress())
                        : Set.of()));
  }

  @AfterEach
  void stop() throws InterruptedException {
    dns.close();
  }

  @Test
  void everyRecordIsAPeerUrlAndTheOwnOneIsRecognised() {
    dns.put(
        RECORDS,
        new Target("m3.example.com", 2380),
        new Target("m1.example.com", 2380),
        new Target("m2.example.com", 2381));
    assertThat(members("m1", "http://m1.example.com:2380"))
        .hasToString(
            "m1=http://m1.example.com:2380,m2.example.com:2381=http://m2.example.com:2381,"
                + "m3.example.com:2380=http://m3.example.com:2380");
  }

  @Test
  void theOwnRecordIsRecognisedByItsAddressToo() {
    dns.put(RECORDS, new Target("m1.example.com", 2380), new Target("m2.example.com", 2380));
    assertThat(members("m1", "http://here:2380").urlsOf("m1"))
        .hasToString("[http://m1.example.com:2380]");
  }

  @Test
  void aSuffixChoosesAmongTheClustersOfADomain() {
    dns.put(RECORDS, new Target("m2.example.com", 1));
    dns.put("_etcd-server-blue._tcp.example.com", new Target("m1.example.com", 2));
    InitialCluster members =
        discovery.members(
            new SrvService("example.com", "blue"),
            "m1",
            MemberUrl.parseList("http://m1.example.com:2"));
    assertThat(members).hasToString("m1=http://m1.example.com:2");
  }

  @Test
  void aMemberThatHasNoRecordIsRefused() {
    dns.put(RECORDS, new Target("m1.example.com", 2380));
    refuses(
        "http://m1.example.com:2381",
        "cannot use SRV records _etcd-server-ssl._tcp.example.com and"
            + " _etcd-server._tcp.example.com (--discovery-srv): cannot find local member \"m1\" at [http://m1.example.com:2381] in SRV records"
            + " [http://m1.example.com:2380]");
  }

  @Test
  void aDomainWithoutRecordsIsRefused() {
    String line =
        "cannot use SRV records _etcd-server-ssl._tcp.example.com and"
            + " _etcd-server._tcp.example.com (--discovery-srv): there are none";
    refuses("http://m1.example.com:2380", line);
    dns.put(RECORDS);
    refuses("http://m1.example.com:2380", line);
  }

  @Test
  void recordsOfBothKindsAreTheCluster() {
    dns.put(SECURE_RECORDS, new Target("m1.example.com", 2380), new Target("m2.example.com", 2380));
    assertThat(members("m1", "https://m1.example.com:2380"))
        .hasToString(
            "m1=https://m1.example.com:2380,m2.example.com:2380=https://m2.example.com:2380");
    refuses(
        "http://m1.example.com:2380",
        "cannot use SRV records _etcd-server-ssl._tcp.example.com and"
            + " _etcd-server._tcp.example.com (--discovery-srv): cannot find local member \"m1\" at"
            + " [http://m1.example.com:2380] in SRV records [https://m1.example.com:2380,"
            + " https://m2.example.com:2380]");
    dns.put(RECORDS, new Target("m3.example.com", 2380));
    assertThat(members("m1", "https://m1.example.com:2380"))
        .hasToString(
            "m1=https://m1.example.com:2380,m2.example.com:2380=https://m2.example.com:2380,"
                + "m3.example.com:2380=http://m3.example.com:2380");
  }

  @Test
  void theFailureOfAServerIsReported() {
    int refused = 5;
    dns.failWith(refused);
    assertThatThrownBy(() -> members("m1", "http://m1.example.com:2380"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith(
            "cannot use SRV records _etcd-server-ssl._tcp.example.com and"
                + " _etcd-server._tcp.example.com (--discovery-srv): ")
        .hasMessageContaining("response code 5")
        .hasMessageNotContaining("\n");
  }

  private InitialCluster members(String name, String advertised) {
    return discovery.members(SERVICE, name, MemberUrl.parseList(advertised));
  }

  private void refuses(String advertised, String line) {
    assertThatThrownBy(() -> members("m1", advertised))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage(line);
  }
}
