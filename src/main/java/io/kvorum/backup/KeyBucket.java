package io.kvorum.backup;

import io.kvorum.bbolt.BoltEntry;
import io.kvorum.bbolt.BucketSource;
import io.kvorum.model.Change;
import io.kvorum.model.Revision;
import io.kvorum.mvcc.StoreSnapshot;
import io.kvorum.mvcc.history.EtcdRecord;
import io.kvorum.mvcc.history.PageCodec;
import io.kvorum.mvcc.history.RevisionHistory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;

/**
 * The bucket {@code key} of a snapshot: each page of the history is one leaf, whose size is known
 * before the page is read. Confined to one thread.
 *
 * <p>Held by: SnapshotExportTest.
 */
final class KeyBucket implements BucketSource {
  private static final long READ_BYTES = 256 << 10;

  private final StoreSnapshot snapshot;

  private int leaves;
  private long[] mains = new long[16];
  private int[] subs = new int[16];
  private int[] bytes = new int[16];

  private Iterator<RevisionHistory.Page> read = Collections.emptyIterator();
  private Revision lastRead = new Revision(0, 0);

  KeyBucket(StoreSnapshot snapshot) throws IOException {
    this.snapshot = snapshot;
    snapshot.visitPages(this::add);
  }

  private void add(Revision first, int changes, int recordBytes) {
    if (leaves == mains.length) {
      mains = Arrays.copyOf(mains, 2 * leaves);
      subs = Arrays.copyOf(subs, 2 * leaves);
      bytes = Arrays.copyOf(bytes, 2 * leaves);
    }
    mains[leaves] = first.main();
    subs[leaves] = first.sub();
    bytes[leaves] = recordBytes + changes * BoltEntry.OVERHEAD_BYTES;
    leaves++;
  }

  @Override
  public String name() {
    return "key";
  }

  @Override
  public int leaves() {
    return leaves;
  }

  @Override
  public int leafBytes(int leaf) {
    return bytes[leaf];
  }

  @Override
  public byte[] firstKey(int leaf) {
    return EtcdRecord.key(mains[leaf], subs[leaf]);
  }

  @Override
  public List<BoltEntry> entries(int leaf) throws IOException {
    if (!read.hasNext()) {
      read = snapshot.pagesAfter(lastRead, READ_BYTES).iterator();
      if (!read.hasNext()) {
        throw new IOException("the pages of the snapshot end after " + lastRead);
      }
    }
    RevisionHistory.Page page = read.next();
    lastRead = page.first();
    List<BoltEntry> entries = new ArrayList<>();
    for (Change change : PageCodec.decode(page.data())) {
      entries.add(new BoltEntry(EtcdRecord.key(change), EtcdRecord.value(change)));
    }
    return entries;
  }
}
