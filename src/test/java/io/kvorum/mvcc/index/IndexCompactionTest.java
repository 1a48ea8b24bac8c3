package io.kvorum.mvcc.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.model.Bytes;
import io.kvorum.model.Revision;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class IndexCompactionTest {
  private static final int REVISIONS = 10_000;

  private final KeyTable keys = new KeyTable();
  private final Bytes key = Bytes.utf8("heartbeat");
  private int dropped;

  /** The history counts what is handed over as gone, and asks the index when it reads a page. */
  @Test
  void whatIsHandedOverAsDroppedIsNoLongerInTheIndex() {
    KeyIndex index = new KeyIndex(key, 2, 0);
    keys.put(index);
    for (int main = 3; main < REVISIONS + 2; main++) {
      index.append(main, 0, false);
    }
    IndexCompaction compaction =
        new IndexCompaction(keys, new AtomicLong(), Revision.NEVER_COMPACTED, this::take);
    assertThat(compaction.slice(REVISIONS + 1)).isFalse();
    assertThat(dropped).isEqualTo(REVISIONS - 1);
    assertThat(keys.contains(key, REVISIONS + 1, 0)).isTrue();
  }

  private void take(IndexCompaction.Dropped chunk) {
    for (int i = 0; i < chunk.mains().length; i++) {
      assertThat(keys.contains(key, chunk.mains()[i], chunk.subs()[i])).isFalse();
    }
    dropped += chunk.mains().length;
  }
}
