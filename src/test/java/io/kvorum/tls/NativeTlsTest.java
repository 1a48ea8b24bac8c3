package io.kvorum.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.ssl.SslProvider;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class NativeTlsTest {
  @Test
  @EnabledOnOs(OS.LINUX)
  void theUsualSuitesAreOfferedByBoringSsl() {
    assertThat(NativeTls.providerFor(TlsProfile.usual(), false)).isEqualTo(SslProvider.OPENSSL);
    assertThat(NativeTls.describe(TlsProfile.usual(), false)).isEqualTo("BoringSSL");
  }

  /** See TlsPortTest: clients sign with P-521, too. */
  @Test
  void clientsThatMustSignAreVerifiedByTheJdk() {
    assertThat(NativeTls.providerFor(TlsProfile.usual(), true)).isEqualTo(SslProvider.JDK);
    assertThat(NativeTls.describe(TlsProfile.usual(), true)).startsWith("the JDK's TLS");
  }

  @Test
  void aSuiteThatItDoesNotHaveIsOfferedByTheJdk() {
    List<String> suites = new ArrayList<>(CipherSuites.usual());
    suites.add("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256");
    TlsProfile profile = new TlsProfile(TlsVersion.TLS_1_2, TlsVersion.TLS_1_3, suites);
    assertThat(NativeTls.providerFor(profile, false)).isEqualTo(SslProvider.JDK);
    assertThat(NativeTls.describe(profile, false)).startsWith("the JDK's TLS");
  }
}
