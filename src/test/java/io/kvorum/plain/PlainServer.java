package io.kvorum.plain;

import io.kvorum.support.DurableFiles;
import io.kvorum.testing.Ports;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Makes the server that Arquillian starts, as docs/plain-liberty.md says, word for word; only ports
 * and data directory are overridden, and the feature with which Arquillian watches is added. To be
 * registered before Arquillian.
 */
final class PlainServer implements BeforeAllCallback {
  static final int HTTP_PORT = Integer.getInteger("test.http.port", 0);
  static final int CLIENT_PORT = Integer.getInteger("test.client.port", 0);

  private static final Path SERVER =
      Path.of(System.getProperty("liberty.home", "")).resolve("usr/servers/plain");

  static LibertyLog log() {
    return LibertyLog.below(SERVER);
  }

  /** The reports that Liberty writes of failures, one file each. */
  static List<Path> firstFailures() throws IOException {
    Path reports = SERVER.resolve("logs/ffdc");
    if (!Files.exists(reports)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(reports)) {
      return files.toList();
    }
  }

  @Override
  public void beforeAll(ExtensionContext context) throws IOException {
    Path data = Path.of("target/plain.etcd").toAbsolutePath();
    DurableFiles.deleteTree(data);
    DurableFiles.deleteTree(SERVER);
    Files.createDirectories(SERVER.resolve("dropins"));
    Files.writeString(SERVER.resolve("server.xml"), LibertyPage.read().server());
    Path overrides = Files.createDirectories(SERVER.resolve("configDropins/overrides"));
    Files.writeString(
        overrides.resolve("test.xml"),
        """
        <server>
          <featureManager>
            <feature>localConnector-1.0</feature>
          </featureManager>
          <httpEndpoint id="defaultHttpEndpoint" httpPort="%d"/>
          <variable name="kvorum.data-dir" value="%s"/>
          <variable name="kvorum.listen-client-urls" value="http://127.0.0.1:%d"/>
          <variable name="kvorum.listen-peer-urls" value="%s"/>
        </server>
        """
            .formatted(HTTP_PORT, data, CLIENT_PORT, Ports.freeUrl()));
  }
}
