package io.kvorum.ctl;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.kvorum.proto.etcdserverpb.SnapshotResponse;
import io.kvorum.testing.Ports;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The stream of a member becomes a file, or nothing. */
final class SnapshotSaveTest {
  private static final int BLOB = 32768;

  private final StubMember member = new StubMember();

  @TempDir private Path directory;

  SnapshotSaveTest() throws IOException {}

  @AfterEach
  void close() {
    member.close();
  }

  private RunTool save(Path file) throws InterruptedException {
    return RunTool.with("snapshot", "save", file.toString(), "--endpoints", member.endpoint());
  }

  private List<String> left() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  /** A stream as a member of 3.7 sends it. */
  private static List<SnapshotResponse> stream(byte[] content, byte[] hash) {
    List<SnapshotResponse> messages = new ArrayList<>();
    for (int at = 0; at < content.length; at += BLOB) {
      int end = Math.min(content.length, at + BLOB);
      messages.add(
          StubMember.piece(Arrays.copyOfRange(content, at, end), content.length - end, "3.7.0"));
    }
    messages.add(StubMember.piece(hash, 0, "3.7.0"));
    return messages;
  }

  private static byte[] content() {
    byte[] content = new byte[69632];
    new Random(1).nextBytes(content);
    return content;
  }

  private static byte[] hash(byte[] content) throws Exception {
    return MessageDigest.getInstance("SHA-256").digest(content);
  }

  @Test
  void theFileHoldsWhatWasSentAndIsForItsOwnerAlone() throws Exception {
    byte[] content = content();
    member.snapshot = stream(content, hash(content));
    Path file = directory.resolve("s1.db");
    RunTool run = save(file);
    assertThat(run.status()).isZero();
    assertThat(run.out()).containsExactly("Snapshot saved at " + file, "Server version 3.7.0");
    assertThat(run.err())
        .extracting(line -> line.replaceFirst(".*\"msg\":\"([^\"]*)\".*", "$1"))
        .containsExactly(
            "created temporary db file",
            "opened snapshot stream; downloading",
            "fetching snapshot",
            "completed snapshot read; closing",
            "fetched snapshot",
            "saved");
    assertThat(run.err().get(4))
        .contains("\"endpoint\":\"" + member.endpoint() + "\",\"size\":\"70 kB\",\"took\":\"")
        .contains("\"etcd-version\":\"3.7.0\"}");
    byte[] saved = Files.readAllBytes(file);
    assertThat(Arrays.copyOf(saved, content.length)).isEqualTo(content);
    assertThat(saved).hasSize(content.length + 32);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(left()).containsExactly("s1.db");
  }

  @Test
  void aMemberThatDoesNotSayItsVersionLeavesTheLineOut() throws Exception {
    byte[] content = content();
    member.snapshot =
        List.of(StubMember.piece(content, 0, ""), StubMember.piece(hash(content), 0, ""));
    assertThat(save(directory.resolve("s1.db")).out()).hasSize(1);
  }

  @Test
  void anotherHashLeavesAnOlderFileAsItWas() throws Exception {
    byte[] content = content();
    byte[] hash = hash(content);
    content[5000] ^= 1;
    member.snapshot = stream(content, hash);
    Path file = directory.resolve("s1.db");
    Files.writeString(file, "older");
    RunTool run = save(file);
    assertThat(run.status()).isEqualTo(5);
    assertThat(run.out()).isEmpty();
    assertThat(run.err().get(run.err().size() - 1))
        .matches("Error: expected sha256 \\[(\\d+ ){31}\\d+\\], got \\[(\\d+ ){31}\\d+\\]")
        .contains("expected sha256 [" + (hash[0] & 0xff) + " ");
    assertThat(left()).containsExactly("s1.db");
    assertThat(file).hasContent("older");
  }

  @Test
  void aStreamWithoutAHashIsRefusedByItsSize() throws Exception {
    member.snapshot = stream(content(), new byte[0]);
    RunTool run = save(directory.resolve("s1.db"));
    assertThat(run.status()).isEqualTo(5);
    assertThat(run.err()).last().isEqualTo("Error: sha256 checksum not found [bytes: 69632]");
    assertThat(left()).isEmpty();
  }

  @Test
  void aStreamThatBreaksLeavesNothing() throws Exception {
    member.snapshot = List.of(StubMember.piece(content(), 5, "3.7.0"));
    member.failure = Status.UNAVAILABLE.withDescription("etcdserver: server stopped");
    RunTool run = save(directory.resolve("s1.db"));
    assertThat(run.status()).isEqualTo(5);
    assertThat(run.err()).last().isEqualTo("Error: etcdserver: server stopped");
    assertThat(left()).isEmpty();
  }

  @Test
  void whatCannotBeOpenedOrReachedIsNamed() throws Exception {
    RunTool run = save(Path.of("/nonexist/x.db"));
    assertThat(run.status()).isEqualTo(5);
    assertThat(run.err())
        .containsExactly(
            "Error: could not open /nonexist/x.db.part (open /nonexist/x.db.part: no such file or"
                + " directory)");
    String file = directory.resolve("x.db").toString();
    run = RunTool.with("snapshot", "save", file, "--endpoints=a:1,b:2");
    assertThat(run.status()).isEqualTo(5);
    assertThat(run.err())
        .containsExactly(
            "Error: snapshot must be requested to one selected node, not multiple [a:1 b:2]");
    String nobody = "--endpoints=127.0.0.1:" + Ports.free();
    run =
        RunTool.with("snapshot", "save", file, nobody, "--dial-timeout=0", "--command-timeout=1s");
    assertThat(run.status()).isEqualTo(5);
    assertThat(run.err()).last().isEqualTo("Error: context deadline exceeded");
    assertThat(left()).isEmpty();
  }
}
