package io.kvorum.boot.container;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EtcdConfigSourceTest {
  @TempDir private Path directory;

  @Test
  void variablesBecomeProperties() {
    EtcdConfigSource source =
        new EtcdConfigSource(Map.of("ETCD_DATA_DIR", "/data", "PATH", "/bin"), "", false);
    assertThat(source.getPropertyNames()).containsExactly("kvorum.data-dir");
    assertThat(source.getValue("kvorum.data-dir")).isEqualTo("/data");
    assertThat(source.getValue("kvorum.name")).isNull();
  }

  @Test
  void aFileHasAValueForEveryFlagSoThatNoWeakerSourceCounts() throws IOException {
    String file = Files.writeString(directory.resolve("kvorum.yml"), "name: x\n").toString();
    EtcdConfigSource source = new EtcdConfigSource(Map.of("ETCD_MAX_TXN_OPS", "7"), file, false);
    assertThat(source.getValue("kvorum.name")).isEqualTo("x");
    assertThat(source.getValue("kvorum.max-txn-ops")).isEqualTo("128");
  }

  @Test
  void itRanksBetweenTheEnvironmentAndSystemProperties() {
    assertThat(new EtcdConfigSource(Map.of(), "", false).getOrdinal()).isBetween(301, 399);
  }

  @Test
  void underTheLauncherItHasNoProperties() {
    assertThat(new EtcdConfigSource(Map.of("ETCD_NAME", "x"), "", true).getPropertyNames())
        .isEmpty();
  }
}
