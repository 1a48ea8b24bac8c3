package io.kvorum.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CertificateDraftTest {
  @TempDir private Path directory;

  private X509Certificate made(List<String> hosts, int years, Instant now) throws Exception {
    SelfSigned.make(directory, hosts, years, Clock.fixed(now, ZoneOffset.UTC));
    return PemFiles.certificates(SelfSigned.in(directory).certificate())[0];
  }

  @Test
  void aSelfSignedCertificateIsWhatEtcdMakes() throws Exception {
    Instant now = Instant.parse("2048-01-02T03:04:05Z");
    X509Certificate made = made(List.of("127.0.0.1", "::1", "m1.example"), 3, now);
    made.verify(made.getPublicKey());
    assertThat(made.getSubjectX500Principal().getName()).isEqualTo("O=etcd");
    assertThat(made.getIssuerX500Principal()).isEqualTo(made.getSubjectX500Principal());
    assertThat(made.getNotBefore().toInstant()).isEqualTo(now);
    assertThat(made.getNotAfter().toInstant()).isEqualTo(now.plus(Duration.ofDays(3 * 365)));
    assertThat(made.getBasicConstraints()).isEqualTo(Integer.MAX_VALUE);
    assertThat(made.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.1");
    boolean[] usage = made.getKeyUsage();
    assertThat(List.of(usage[0], usage[1], usage[2], usage[5], usage[6]))
        .isEqualTo(List.of(true, false, true, true, true));
    assertThat(made.getSigAlgName()).isEqualTo("SHA512withECDSA");
    for (String host : List.of("127.0.0.1", "::1", "M1.example")) {
      assertThat(CertificateHosts.cover(made, host)).as(host).isTrue();
    }
    for (String host : List.of("127.0.0.2", "m2.example", "a.m1.example", "example")) {
      assertThat(CertificateHosts.cover(made, host)).as(host).isFalse();
    }
  }

  @Test
  void filesAreKeptUntilTheirCertificateHasExpired() throws Exception {
    Instant now = Instant.parse("2030-01-01T00:00:00Z");
    X509Certificate first = made(List.of("a"), 1, now);
    assertThat(made(List.of("b"), 2, now.plus(Duration.ofDays(365)))).isEqualTo(first);
    assertThat(made(List.of("b"), 2, now.plus(Duration.ofDays(366)))).isNotEqualTo(first);
  }

  @Test
  void aStarStandsForOneLabel() throws Exception {
    X509Certificate made = made(List.of("*.example.org"), 1, Instant.now());
    assertThat(CertificateHosts.cover(made, "a.example.org")).isTrue();
    assertThat(CertificateHosts.cover(made, "example.org")).isFalse();
    assertThat(CertificateHosts.cover(made, "a.b.example.org")).isFalse();
  }
}
