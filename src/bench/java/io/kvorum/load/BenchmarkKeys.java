package io.kvorum.load;

import io.kvorum.tls.TestAuthority;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;

/**
 * Names the certificates that a benchmark has made for its servers and itself, all of P-256.
 * Immutable.
 */
record BenchmarkKeys(Path directory, Side side) {
  /** Who shows a certificate. */
  enum Side {
    SERVER,
    BOTH
  }

  static BenchmarkKeys make(Path data, Side side) throws IOException {
    Path directory = Files.createDirectories(data.resolve("certificates"));
    try {
      TestAuthority authority = new TestAuthority("benchmark");
      authority.write(directory, "ca");
      authority.server("server").write(directory, "server");
      authority.client("client").write(directory, "client");
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
    return new BenchmarkKeys(directory, side);
  }

  private Path file(String name) {
    return directory.resolve(name);
  }

  ClientKeys ofClient() throws IOException {
    return side == Side.SERVER
        ? new ClientKeys(file("ca.pem"), null, null)
        : new ClientKeys(file("ca.pem"), file("client.pem"), file("client.key"));
  }

  /** The flags of a server, Kvorum's and etcd's alike. */
  List<String> ofServer() {
    List<String> flags = new ArrayList<>();
    flags.addAll(List.of("--cert-file", file("server.pem").toString()));
    flags.addAll(List.of("--key-file", file("server.key").toString()));
    if (side == Side.BOTH) {
      flags.addAll(List.of("--trusted-ca-file", file("ca.pem").toString(), "--client-cert-auth"));
    }
    return List.copyOf(flags);
  }
}
