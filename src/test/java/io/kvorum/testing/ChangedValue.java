package io.kvorum.testing;

import io.kvorum.derby.DerbyHistory;
import io.kvorum.derby.HistoryDirectories;
import io.kvorum.model.Bytes;
import io.kvorum.model.Change;
import io.kvorum.model.KeyValue;
import io.kvorum.mvcc.history.PageCodec;
import io.kvorum.mvcc.history.RevisionHistory.Page;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Changes what a member that does not run has on its disk, and makes the checksums right.
 * Stateless.
 */
public final class ChangedValue {
  private ChangedValue() {}

  /**
   * Changes the first byte of every version of a key's value.
   *
   * @param dataDirectory of the member
   */
  public static void of(String key, Path dataDirectory) throws IOException {
    HistoryDirectories directories = HistoryDirectories.in(dataDirectory.resolve("member"));
    try (DerbyHistory history = new DerbyHistory(directories.current())) {
      history.open();
      List<Page> changed = new ArrayList<>();
      history.scan(
          page -> {
            List<Change> before = PageCodec.decode(page.data());
            List<Change> after = before.stream().map(change -> changed(change, key)).toList();
            if (!after.equals(before)) {
              changed.add(new Page(page.first(), PageCodec.encode(after)));
            }
          });
      if (changed.isEmpty()) {
        throw new IOException("no page holds the key " + key);
      }
      history.rewrite(changed.stream().map(Page::first).toList(), changed);
    }
  }

  private static Change changed(Change change, String key) {
    KeyValue kv = change.kv();
    if (kv.isTombstone() || !kv.key().equals(Bytes.utf8(key))) {
      return change;
    }
    byte[] value = kv.value().unsafeArray().clone();
    value[0] ^= 1;
    return new Change(
        change.sub(),
        new KeyValue(
            kv.key(),
            Bytes.wrap(value),
            kv.createRevision(),
            kv.modRevision(),
            kv.version(),
            kv.lease()));
  }
}
