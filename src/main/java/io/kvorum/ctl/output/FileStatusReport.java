package io.kvorum.ctl.output;

import io.kvorum.backup.SnapshotStatus;
import java.util.List;

/** Reports what a snapshot file contains. */
public record FileStatusReport(SnapshotStatus status) implements TableReport {
  @Override
  public TextTable asTable() {
    return new TextTable(
        List.of("hash", "revision", "total keys", "total size", "version"),
        List.of(
            List.of(
                GoText.hex(status.hash()),
                Long.toString(status.revision()),
                Long.toString(status.liveKeys()),
                GoText.bytes(status.bytes()),
                status.version())));
  }

  @Override
  public String json() {
    return new GoJson()
        .raw("hash", Long.toString(status.hash()))
        .raw("revision", Long.toString(status.revision()))
        .raw("totalKey", Long.toString(status.liveKeys()))
        .raw("totalSize", Long.toString(status.bytes()))
        .raw("version", GoJson.quoted(status.version()))
        .done();
  }

  @Override
  public List<String> fields() {
    return List.of(
        Headers.field("Hash", status.hash()),
        Headers.field("Revision", status.revision()),
        Headers.field("Keys", status.liveKeys()),
        Headers.field("Size", status.bytes()),
        Headers.field("Version", status.version()));
  }
}
