package io.kvorum.ctl;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.backup.SnapshotBuilder;
import io.kvorum.backup.SnapshotHashKv;
import io.kvorum.backup.SnapshotStatus;
import io.kvorum.ctl.output.FileHashReport;
import io.kvorum.ctl.output.FileStatusReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands on files: what they print, how they end, and what they leave. */
final class SnapshotFileCommandsTest {
  @TempDir private Path directory;

  private Path file(String name, byte[] content) throws IOException {
    return Files.write(directory.resolve(name), content);
  }

  private static byte[] snapshot() throws IOException {
    return SnapshotBuilder.withAllBuckets()
        .put(2, "foo", "bar")
        .put(3, 0, "foo", "bar2", 2, 2, 0)
        .put(4, "a", "1")
        .delete(5, "foo")
        .bytes();
  }

  private List<String> left() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private RunTool restore(Path file, String... flags) throws InterruptedException {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "snapshot",
                "restore",
                file.toString(),
                "--data-dir=" + directory.resolve("data"),
                "--initial-cluster=default=http://127.0.0.1:25001",
                "--initial-advertise-peer-urls=http://127.0.0.1:25001"));
    arguments.addAll(List.of(flags));
    return RunTool.with(arguments.toArray(new String[0]));
  }

  private void assertRefused(RunTool run, int status, String message) throws IOException {
    assertThat(run.err()).containsExactly("Error: " + message);
    assertThat(run.out()).isEmpty();
    assertThat(run.status()).isEqualTo(status);
    assertThat(left()).doesNotContain("data", "data.restoring");
  }

  @Test
  void statusInEveryForm() {
    FileStatusReport report =
        new FileStatusReport(new SnapshotStatus(2245746257L, 7, 3, 24, 28672, "3.7.0"));
    assertThat(report.simple()).containsExactly("85db5e51, 7, 3, 29 kB, 3.7.0");
    assertThat(report.json())
        .isEqualTo(
            "{\"hash\":2245746257,\"revision\":7,\"totalKey\":3,\"totalSize\":28672,"
                + "\"version\":\"3.7.0\"}");
    assertThat(report.fields())
        .containsExactly(
            "\"Hash\" : 2245746257",
            "\"Revision\" : 7",
            "\"Keys\" : 3",
            "\"Size\" : 28672",
            "\"Version\" : 3.7.0");
    assertThat(report.table().orElseThrow().heading())
        .containsExactly("hash", "revision", "total keys", "total size", "version");
  }

  @Test
  void hashesInEveryForm() {
    FileHashReport report = new FileHashReport(new SnapshotHashKv(3776852057L, 3, -1));
    assertThat(report.simple()).containsExactly("3776852057, 3, -1");
    assertThat(report.json())
        .isEqualTo("{\"hash\":3776852057,\"hashRevision\":3,\"compactRevision\":-1}");
    assertThat(report.fields())
        .containsExactly(
            "\"Hash\" : 3776852057", "\"Hash revision\" : 3", "\"Compact revision\" : -1");
    assertThat(report.table().orElseThrow().heading())
        .containsExactly("hash", "hash revision", "compact revision");
  }

  @Test
  void aFileIsLookedAtAndHashed() throws Exception {
    String file = file("s.db", snapshot()).toString();
    RunTool status = RunTool.with("snapshot", "status", file);
    assertThat(status.status()).isZero();
    assertThat(status.err()).isEmpty();
    assertThat(status.out()).hasSize(1);
    assertThat(status.out().get(0)).matches("[0-9a-f]{1,8}, 5, 1, \\d+ kB, ");
    assertThat(RunTool.with("hashkv", file).out()).containsExactly("3966920819, 5, -1");
    assertThat(RunTool.with("hashkv", file, "--rev=2").out()).containsExactly("3305255506, 2, -1");
  }

  @Test
  void filesThatAreNoSnapshotsAreRefusedInOneLine() throws Exception {
    String none = directory.resolve("nofile.db").toString();
    String missing = "stat " + none + ": no such file or directory";
    assertRefused(RunTool.with("snapshot", "status", none), 1, missing);
    assertRefused(RunTool.with("hashkv", none), 1, missing);
    String cut = file("cut.db", Arrays.copyOf(snapshot(), 10)).toString();
    assertRefused(RunTool.with("snapshot", "status", cut), 1, "invalid database");
    String small = file("small.db", Arrays.copyOf(snapshot(), 5000)).toString();
    assertRefused(RunTool.with("snapshot", "status", small), 1, "file size too small 5000");
    String whole = file("s.db", snapshot()).toString();
    assertRefused(
        RunTool.with("hashkv", whole, "--rev=9"),
        1,
        "mvcc: required revision is a future revision");
    assertRefused(
        RunTool.with("snapshot", "status", whole, "-w=protobuf"),
        4,
        "protobuf not supported as output format");
  }

  @Test
  void argumentsAreCounted() throws Exception {
    assertRefused(
        RunTool.with("snapshot", "status"), 128, "snapshot status requires exactly one argument");
    assertRefused(
        RunTool.with("snapshot", "restore", "a", "b"),
        128,
        "snapshot restore requires exactly one argument");
    RunTool run = RunTool.with("hashkv");
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err()).startsWith("Error: accepts 1 arg(s), received 0").contains("Usage:");
  }

  @Test
  void aSnapshotBecomesADataDirectory() throws Exception {
    Path file = file("s.db", snapshot());
    RunTool run = restore(file, "--to-revision", "4", "--initial-memory-map-size=10737418240");
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).hasSize(1);
    assertThat(run.err().get(0))
        .matches(
            "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ\tinfo\trestored snapshot\t\\{\"path\": .*")
        .contains("\"revision\": \"4\"");
    assertThat(run.status()).isZero();
    assertThat(directory.resolve("data/member/identity.properties")).exists();
    assertThat(left()).containsExactly("data", "s.db");
    RunTool again = restore(file);
    assertThat(again.status()).isEqualTo(1);
    assertThat(again.err())
        .containsExactly(
            "Error: data-dir \"" + directory.resolve("data") + "\" not empty or could not be read");
  }

  @Test
  void aRestoreThatCannotBeLeavesNothing() throws Exception {
    Path none = directory.resolve("nofile.db");
    assertRefused(restore(none), 1, "open " + none + ": no such file or directory");
    byte[] content = snapshot();
    Path bare = file("bare.db", Arrays.copyOf(content, content.length - 32));
    assertRefused(restore(bare), 1, "snapshot missing hash but --skip-hash-check=false");
    Path file = file("s.db", content);
    assertRefused(
        restore(file, "--bump-revision=5"),
        128,
        "--mark-compacted required if --revision-bump > 0");
    assertRefused(
        restore(file, "--name=x"),
        1,
        "couldn't find local name \"x\" in the initial cluster configuration");
    assertRefused(
        restore(file, "--to-revision=9"), 1, "--to-revision 9: the snapshot ends with revision 5");
    content[5000] ^= 1;
    RunTool changed = restore(file("changed.db", content));
    assertThat(changed.status()).isEqualTo(1);
    assertThat(changed.err().get(0)).matches("Error: expected sha256 \\[.*], got \\[.*]");
    assertThat(left()).doesNotContain("data", "data.restoring");
  }
}
