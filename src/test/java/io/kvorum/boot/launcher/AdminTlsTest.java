package io.kvorum.boot.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.boot.config.ConfigurationException;
import io.kvorum.boot.config.FlagValues;
import io.kvorum.model.MemberUrl;
import io.kvorum.tls.TestAuthority;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdminTlsTest {
  private static final MemberUrl SECURE = MemberUrl.parse("https://127.0.0.1:9990");

  @TempDir private Path directory;

  @BeforeEach
  void makeCertificates() throws Exception {
    TestAuthority authority = new TestAuthority("ca");
    authority.write(directory, "ca");
    authority.server("server").write(directory, "server");
  }

  private String file(String name) {
    return directory.resolve(name).toString();
  }

  private static AdminTls read(MemberUrl url, Map<String, String> flags) {
    return AdminTls.read(FlagValues.resolve(flags, Map.of()), url);
  }

  @Test
  void aPlainEndpointHasNoneOfThat() {
    assertThat(read(MemberUrl.parse("http://127.0.0.1:9990"), Map.of())).isNull();
    assertThat(AdminTls.read(FlagValues.resolve(Map.of(), Map.of()), null)).isNull();
  }

  @Test
  void whatDoesNotFitTogetherIsRefused() {
    assertThatThrownBy(
            () ->
                read(
                    MemberUrl.parse("http://127.0.0.1:9990"),
                    Map.of("admin-trusted-ca-file", file("ca.pem"))))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("needs an https:// URL in --kvorum-admin-url");
    assertThatThrownBy(() -> read(SECURE, Map.of("admin-cert-file", file("server.pem"))))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("needs --admin-cert-file and --admin-key-file");
    assertThatThrownBy(
            () ->
                read(
                    SECURE,
                    Map.of("admin-cert-file", file("none"), "admin-key-file", file("server.key"))))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("for flag --admin-cert-file: no such file");
  }

  @Test
  void whatLibertyReadsIsTheOwnersAlone() throws Exception {
    AdminTls tls =
        read(
            SECURE,
            Map.of(
                "admin-cert-file", file("server.pem"),
                "admin-key-file", file("server.key"),
                "admin-trusted-ca-file", file("ca.pem")));
    Path written = tls.write(directory.resolve("a&b"));
    assertThat(
            PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("a&b"))))
        .isEqualTo("rwx------");
    assertThat(Files.readString(written))
        .contains("httpsPort=\"9990\"", "clientAuthentication=\"true\"", "/a&amp;b/keys.p12\"");
    String first = Files.readString(written);
    tls.write(directory.resolve("a&b"));
    assertThat(Files.readString(written)).isNotEqualTo(first);
  }
}
