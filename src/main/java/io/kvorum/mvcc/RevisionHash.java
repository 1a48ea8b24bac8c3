package io.kvorum.mvcc;

import io.kvorum.model.Change;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.model.Revision;
import io.kvorum.mvcc.history.EtcdRecord;
import io.kvorum.mvcc.history.PageReader.DecodedPage;
import io.kvorum.mvcc.history.RevisionHistory;
import io.kvorum.mvcc.index.KeyIndex;
import io.kvorum.mvcc.index.KeyTable;
import java.io.IOException;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.zip.CRC32C;

/**
 * The hash of everything that a store holds up to a revision, as etcd's HashKV computes it: members
 * with the same content have the same hash, however far each has got with freeing what a compaction
 * has dropped. Immutable.
 *
 * <p>Of what lies at or below the compact revision only those versions count that are still the
 * newest of their key at the hashed revision; if no key lives there, whatever the compaction has
 * kept counts.
 *
 * @param crc CRC-32C, unsigned
 * @param compactRevision the one that was in force; of what a compaction found, the one before it
 * @param revision the revision that was hashed
 */
public record RevisionHash(int crc, long compactRevision, long revision) {
  private static final byte[] BUCKET = {'k', 'e', 'y'};
  private static final long READ_BYTES = 1 << 20;

  /**
   * Hashes a snapshot.
   *
   * @param keys the index of the snapshot's store; the result is void if it has been compacted
   *     beyond the revision when this returns
   * @param compactedNow the compact revision of that store
   * @throws io.kvorum.model.RequestException COMPACTED if it has been compacted meanwhile, and that
   *     matters
   * @throws IOException if a page cannot be read, or the store was replaced
   */
  static RevisionHash of(
      StoreSnapshot snapshot, long revision, KeyTable keys, LongSupplier compactedNow)
      throws IOException {
    long compacted = snapshot.header().compactedRevision();
    Pass pass = new Pass(snapshot, revision, compacted, keys, false);
    pass.run();
    if (!pass.foundLiving && pass.leftOut) {
      pass = new Pass(snapshot, revision, compacted, keys, true);
      pass.run();
      if (compactedNow.getAsLong() > compacted) {
        throw new RequestException(ErrorCode.COMPACTED);
      }
    }
    return pass.result();
  }

  /**
   * Hashes what a compaction found: everything after the previous one, and what that one has kept
   * and this one keeps as well.
   *
   * @param snapshot opened when the store had been compacted, and nothing been freed; the result is
   *     void if it has been compacted again when this returns
   * @param previous the compact revision of before
   * @throws IOException if a page cannot be read, or the store was replaced
   */
  static RevisionHash ofCompaction(StoreSnapshot snapshot, long previous, KeyTable keys)
      throws IOException {
    Pass pass = new Pass(snapshot, snapshot.header().compactedRevision(), previous, keys, false);
    pass.run();
    return pass.result();
  }

  /** The hash of a revision before the first: that of nothing. */
  public static RevisionHash ofNothing(long revision, long compacted) {
    CRC32C crc = new CRC32C();
    crc.update(BUCKET);
    return new RevisionHash((int) crc.getValue(), compacted, revision);
  }

  /** The hash as an operator compares it: hexadecimal. */
  public String text() {
    return String.format("%08x", crc);
  }

  /** What was hashed, in words. */
  public String place() {
    return "revision "
        + revision
        + (compactRevision == Revision.NEVER_COMPACTED
            ? ", never compacted"
            : ", compacted to " + compactRevision);
  }

  /** Reads the snapshot once. */
  private static final class Pass {
    private final StoreSnapshot snapshot;
    private final long revision;
    private final long compacted;
    private final KeyTable keys;
    private final boolean noneLives;
    private final CRC32C crc = new CRC32C();
    private boolean foundLiving;
    private boolean leftOut;

    Pass(StoreSnapshot snapshot, long revision, long compacted, KeyTable keys, boolean noneLives) {
      this.snapshot = snapshot;
      this.revision = revision;
      this.compacted = compacted;
      this.keys = keys;
      this.noneLives = noneLives;
    }

    void run() throws IOException {
      crc.update(BUCKET);
      Revision after = new Revision(0, 0);
      while (true) {
        List<RevisionHistory.Page> pages = snapshot.pagesAfter(after, READ_BYTES);
        for (RevisionHistory.Page page : pages) {
          for (Change change : DecodedPage.of(page.data()).changes()) {
            if (change.kv().modRevision() > revision) {
              return;
            }
            take(change);
          }
          after = page.first();
        }
        if (pages.isEmpty()) {
          return;
        }
      }
    }

    RevisionHash result() {
      return new RevisionHash((int) crc.getValue(), compacted, revision);
    }

    private void take(Change change) {
      boolean isOld = change.kv().modRevision() <= compacted;
      if (isOld || !foundLiving) {
        boolean living = isLivingAt(revision, change);
        foundLiving |= living;
        if (isOld && !(noneLives ? isLivingAt(compacted, change) : living)) {
          leftOut = true;
          return;
        }
      }
      crc.update(EtcdRecord.key(change));
      crc.update(EtcdRecord.value(change));
    }

    /**
     * However much of the index has been compacted, up to that revision, the answer is the same.
     */
    private boolean isLivingAt(long at, Change change) {
      KeyIndex index = keys.get(change.kv().key());
      if (index == null) {
        return false;
      }
      int position = index.positionAt(at);
      return position >= 0
          && !index.isTombstone(position)
          && index.modRevision(position) == change.kv().modRevision()
          && index.sub(position) == change.sub();
    }
  }
}
