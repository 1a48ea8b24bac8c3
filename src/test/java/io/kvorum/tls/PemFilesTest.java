package io.kvorum.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.InvalidKeySpecException;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

public final class PemFilesTest {
  static final Path FILES = Path.of("src/test/resources/io/kvorum/tls");

  @TempDir private Path directory;

  public static String file(String name) {
    return FILES.resolve(name).toString();
  }

  @Test
  void aKeyIsTheSameInItsOldFormAndInPkcs8() throws Exception {
    ECPrivateKey key = (ECPrivateKey) PemFiles.privateKey(file("client-sec1.key"));
    ECPrivateKey same = (ECPrivateKey) PemFiles.privateKey(file("client-pkcs8.key"));
    assertThat(key.getS()).isEqualTo(same.getS());
    assertThat(key.getParams().getCurve()).isEqualTo(same.getParams().getCurve());
    assertThat(PemFiles.privateKey(file("server-pkcs1.key")))
        .isEqualTo(PemFiles.privateKey(file("server-pkcs8.key")));
  }

  @Test
  void aKeyThatIsCutIsRefused() throws Exception {
    byte[] key =
        Base64.getMimeDecoder()
            .decode(
                Files.readString(FILES.resolve("client-sec1.key"))
                    .replaceAll("-----[^-]*-----", ""));
    for (int size = 0; size < key.length; size++) {
      String body = Base64.getEncoder().encodeToString(java.util.Arrays.copyOf(key, size));
      Path file = directory.resolve("cut.key");
      Files.writeString(
          file,
          "-----BEGIN EC PRIVATE KEY-----\n" + body + "\n-----END EC PRIVATE KEY-----\n",
          StandardCharsets.ISO_8859_1);
      assertThatThrownBy(() -> PemFiles.privateKey(file.toString()))
          .as("%s bytes", size)
          .isInstanceOf(InvalidKeySpecException.class);
    }
  }

  @Test
  void aFileWithoutAKeyIsRefused() {
    assertThatThrownBy(() -> PemFiles.privateKey(file("ca.pem")))
        .isInstanceOf(InvalidKeySpecException.class)
        .hasMessage(file("ca.pem") + " has no private key in PEM that is not encrypted");
  }

  @Test
  void allCertificatesOfAFileAreRead() throws Exception {
    Path both = directory.resolve("both.pem");
    Files.writeString(
        both,
        Files.readString(FILES.resolve("client.pem"))
            + "a comment\n"
            + Files.readString(FILES.resolve("client-sec1.key"))
            + Files.readString(FILES.resolve("ca.pem")));
    assertThat(PemFiles.certificates(both.toString())).hasSize(2);
    assertThat(PemFiles.privateKey(both.toString()))
        .isEqualTo(PemFiles.privateKey(file("client-sec1.key")));
  }
}
