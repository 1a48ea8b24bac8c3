package io.kvorum.attack;

import io.kvorum.testing.Ports;
import io.kvorum.tls.TestAuthority;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.List;

/**
 * A further port of a server, for pages over TLS: what attacks a handshake needs no more.
 *
 * @param flags that make the server have it
 */
record SecuredPort(URI url, List<String> flags) {
  /**
   * Chooses one.
   *
   * @param directory for its certificate
   */
  static SecuredPort in(Path directory) throws IOException {
    URI url = URI.create("https://127.0.0.1:" + Ports.free());
    Files.createDirectories(directory);
    try {
      new TestAuthority("ca").server("server").write(directory, "server");
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
    return new SecuredPort(
        url,
        List.of(
            "--listen-metrics-urls=" + url,
            "--cert-file=" + directory.resolve("server.pem"),
            "--key-file=" + directory.resolve("server.key")));
  }
}
