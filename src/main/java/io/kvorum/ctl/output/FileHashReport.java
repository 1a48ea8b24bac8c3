package io.kvorum.ctl.output;

import io.kvorum.backup.SnapshotHashKv;
import java.util.List;

/** Reports the hash of the history in a snapshot file. */
public record FileHashReport(SnapshotHashKv hash) implements TableReport {
  @Override
  public TextTable asTable() {
    return new TextTable(
        List.of("hash", "hash revision", "compact revision"),
        List.of(
            List.of(
                Long.toString(hash.hash()),
                Long.toString(hash.hashRevision()),
                Long.toString(hash.compactRevision()))));
  }

  @Override
  public String json() {
    return new GoJson()
        .raw("hash", Long.toString(hash.hash()))
        .raw("hashRevision", Long.toString(hash.hashRevision()))
        .raw("compactRevision", Long.toString(hash.compactRevision()))
        .done();
  }

  @Override
  public List<String> fields() {
    return List.of(
        Headers.field("Hash", hash.hash()),
        Headers.field("Hash revision", hash.hashRevision()),
        Headers.field("Compact revision", hash.compactRevision()));
  }
}
