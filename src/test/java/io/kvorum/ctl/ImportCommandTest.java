package io.kvorum.ctl;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.kvorum.backup.SnapshotBuilder;
import io.kvorum.proto.etcdserverpb.RangeResponse;
import io.kvorum.proto.etcdserverpb.ResponseHeader;
import io.kvorum.proto.etcdserverpb.WatchCreateRequest;
import io.kvorum.proto.etcdserverpb.WatchResponse;
import io.kvorum.proto.mvccpb.Event;
import io.kvorum.proto.mvccpb.KeyValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How an import deals with its source; what it makes of it is in ImportIT. */
final class ImportCommandTest {
  private static final WatchResponse CREATED = WatchResponse.newBuilder().setCreated(true).build();

  private final StubMember source = new StubMember();

  @TempDir private Path directory;

  ImportCommandTest() throws IOException {}

  @BeforeEach
  void theSnapshotEndsAtFiveAndTheSourceIsAtEight() throws IOException {
    byte[] snapshot =
        SnapshotBuilder.withAllBuckets()
            .put(2, "a", "1")
            .put(3, "b", "1")
            .put(4, 0, "a", "2", 2, 2, 0)
            .delete(5, "b")
            .bytes();
    source.snapshot = List.of(StubMember.piece(snapshot, 0, ""));
    source.range =
        RangeResponse.newBuilder().setHeader(ResponseHeader.newBuilder().setRevision(8)).build();
  }

  @AfterEach
  void close() {
    source.close();
  }

  private RunTool run(String... flags) throws InterruptedException {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "import",
                "--from=" + source.endpoint(),
                "--data-dir=" + directory.resolve("data"),
                "--initial-advertise-peer-urls=http://127.0.0.1:1",
                "--until-caught-up"));
    arguments.addAll(List.of(flags));
    return RunTool.with(arguments.toArray(new String[0]));
  }

  private List<String> left() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  private static Event put(long revision, String key) {
    return Event.newBuilder()
        .setKv(
            KeyValue.newBuilder()
                .setKey(ByteString.copyFromUtf8(key))
                .setCreateRevision(revision)
                .setModRevision(revision)
                .setVersion(1)
                .setLease(77))
        .build();
  }

  private static Event delete(long revision, String key) {
    return Event.newBuilder()
        .setType(Event.EventType.DELETE)
        .setKv(KeyValue.newBuilder().setKey(ByteString.copyFromUtf8(key)).setModRevision(revision))
        .build();
  }

  private static WatchResponse events(Event... events) {
    return WatchResponse.newBuilder().addAllEvents(List.of(events)).build();
  }

  @Test
  void aWatchThatBreaksGoesOnBehindTheLastChange() throws Exception {
    source.watchScripts.add(
        new StubMember.WatchScript(
            true, CREATED, events(put(6, "c"), put(6, "d"), delete(6, "a"))));
    source.watchScripts.add(
        new StubMember.WatchScript(false, CREATED, events(put(7, "e"), delete(8, "c"))));
    RunTool run = run();
    assertThat(run.status()).as("%s", run.err()).isZero();
    assertThat(source.watches)
        .extracting(WatchCreateRequest::getStartRevision)
        .containsExactly(6L, 7L);
    assertThat(source.watches.get(0).getKey()).isEqualTo(source.watches.get(0).getRangeEnd());
    assertThat(run.err())
        .extracting(line -> line.split("\t", -1)[2])
        .containsExactly("copied the snapshot", "the watch broke, and begins again", "imported");
    assertThat(run.err().get(2)).contains("\"revision\": \"8\", \"changes\": \"9\"");
    assertThat(left()).containsExactly("data");
  }

  @Test
  void aSourceThatIsCompactedTooEarlyEndsTheImport() throws Exception {
    source.watchScripts.add(
        new StubMember.WatchScript(
            false,
            WatchResponse.newBuilder()
                .setCreated(true)
                .setCanceled(true)
                .setCompactRevision(7)
                .build()));
    RunTool run = run();
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err())
        .last()
        .isEqualTo(
            "Error: the source was compacted at revision 7 before the import had come that far;"
                + " begin again");
    assertThat(left()).isEmpty();
  }

  @Test
  void whatCannotBeImportedIsRefusedBeforeAnythingIsFetched() throws Exception {
    source.snapshot = List.of();
    Files.createFile(Files.createDirectory(directory.resolve("data")).resolve("x"));
    RunTool run = run();
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err())
        .containsExactly(
            "Error: data-dir \"" + directory.resolve("data") + "\" not empty or could not be read");
    run = RunTool.with("import");
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err()).startsWith("Error: required flag(s) \"from\" not set");
    run = run("x");
    assertThat(run.status()).isEqualTo(128);
    assertThat(run.err()).containsExactly("Error: import accepts no arguments");
  }

  @Test
  void aSnapshotThatIsNotWholeLeavesNothing() throws Exception {
    source.snapshot = List.of(StubMember.piece(new byte[4096], 0, ""));
    RunTool run = run();
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err()).containsExactly("Error: sha256 checksum not found [bytes: 4096]");
    assertThat(left()).isEmpty();
  }
}
