package io.kvorum.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testing.NotifySocket;
import io.kvorum.testing.Ports;
import io.kvorum.testing.ServerProcess;
import java.net.URI;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What systemd hears of a member in a unit of {@code Type=notify}, through the real launcher. */
@Timeout(900)
final class NotifyIT {
  @TempDir private Path directory;

  @Test
  void systemdHearsThatTheMemberIsReadyAndThatItStops() throws Exception {
    URI client = Ports.freeUrl();
    try (NotifySocket systemd = new NotifySocket(directory.resolve("notify").toString());
        ServerProcess member =
            ServerProcess.kvorum(
                Path.of("bin/kvorum").toAbsolutePath(),
                systemd.environment(),
                "--data-dir=" + directory.resolve("m"),
                "--listen-client-urls=" + client,
                "--kvorum-admin-url=")) {
      assertThat(systemd.next()).isEqualTo("READY=1\nSTATUS=serving clients on [" + client + "]");
      member.awaitReady();
      assertThat(systemd.pending()).isEmpty();
      assertThat(member.terminate()).isZero();
      assertThat(systemd.next()).isEqualTo("STOPPING=1");
      assertThat(systemd.pending()).isEmpty();
      assertThat(member.complaints()).isEmpty();
    }
  }
}
