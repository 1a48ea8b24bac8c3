package io.kvorum.boot.restore;

import io.kvorum.backup.Progress;
import io.kvorum.backup.SnapshotChanges;
import io.kvorum.backup.SnapshotFile;
import io.kvorum.backup.SnapshotHash;
import io.kvorum.backup.SnapshotState;
import io.kvorum.boot.config.UrlComparison;
import io.kvorum.derby.DerbyHistory;
import io.kvorum.model.Bytes;
import io.kvorum.model.Change;
import io.kvorum.model.KeyValue;
import io.kvorum.model.Revision;
import io.kvorum.mvcc.StagedChanges;
import io.kvorum.mvcc.StoreSettings;
import io.kvorum.mvcc.StoreSnapshot;
import io.kvorum.service.Identity;
import io.kvorum.support.Reason;
import java.io.IOException;
import java.nio.file.NoSuchFileException;

/**
 * Makes the data directory of a member from a snapshot file, as if the store had come to each
 * founder of a new cluster as a snapshot at index 1 of term 1: its next start is a restart. All
 * founders restore the same file, with the same settings but for name and URLs.
 *
 * <p>Entry of {@code kvorumctl snapshot restore}. It takes memory for an index of the keys, as a
 * member does, and for a few pages. What fails leaves nothing behind. Stateless.
 */
public final class Restore {
  private static final StoreSettings STORE = new StoreSettings(1 << 20, 1 << 20, 1 << 20);

  private Restore() {}

  /**
   * What has been made.
   *
   * @param revision of the store
   * @param compactedRevision {@link Revision#NEVER_COMPACTED} if it never was
   */
  public record Restored(Identity identity, long revision, long compactedRevision, long changes) {}

  /**
   * Restores.
   *
   * @param progress receives each step
   * @throws RestoreException if it is refused or fails
   */
  public static Restored run(RestoreSettings settings, Progress progress) throws RestoreException {
    requireBoth(settings.revisions());
    Founder founder = Founder.of(settings.member(), UrlComparison.byResolver());
    try (RestorePlace place =
        RestorePlace.prepare(settings.dataDirectory(), settings.walDirectory())) {
      if (!settings.skipHashCheck()) {
        SnapshotHash.verify(settings.snapshot(), settings.sealing().keys(), progress);
      }
      try (SnapshotFile file = SnapshotFile.open(settings.snapshot(), settings.sealing().keys())) {
        Restored restored = new Making(file, founder, settings, progress).make(place);
        place.commit();
        return restored;
      }
    } catch (NoSuchFileException missing) {
      throw settings.snapshot().toString().equals(missing.getFile())
          ? new RestoreException(
              "open " + settings.snapshot() + ": no such file or directory", missing)
          : new RestoreException(Reason.inFull(missing), missing);
    } catch (IOException failure) {
      throw new RestoreException(Reason.inFull(failure), failure);
    }
  }

  private static void requireBoth(RestoreSettings.Revisions revisions) throws RestoreException {
    if (revisions.bump() < 0 || revisions.bump() > 0 != revisions.markCompacted()) {
      throw new RestoreException("--mark-compacted required if --revision-bump > 0", true);
    }
  }

  /** One restore from a file that is open. */
  private record Making(
      SnapshotFile file, Founder founder, RestoreSettings settings, Progress progress) {

    private Restored make(RestorePlace place) throws IOException, RestoreException {
      SnapshotState state = file.state();
      RevisionRange range = RevisionRange.of(state, settings.revisions(), file);
      StoreSnapshot.Header header =
          new StoreSnapshot.Header(
              Founder.INDEX,
              Founder.TERM,
              range.revision(),
              range.compacted(),
              founder.facts(state, state.leases()),
              file.bytes());
      long changes;
      try (StagedChanges store =
          StagedChanges.begin(
              new DerbyHistory(place.member().resolve("history"), settings.sealing()),
              STORE,
              header,
              range.lastChange())) {
        changes = copy(range, store);
        store.complete();
      }
      founder.writeBesideStore(place, settings.sealing());
      return new Restored(founder.identity(), range.revision(), range.compacted(), changes);
    }

    private long copy(RevisionRange range, StagedChanges store) throws IOException {
      SnapshotChanges from = file.changes();
      long count = 0;
      long bytes = 0;
      for (Change change = from.next();
          change != null && change.kv().modRevision() <= range.lastCopied();
          change = from.next()) {
        store.add(change);
        count++;
        bytes += change.kv().key().length() + change.kv().value().length();
        progress.report(Progress.Step.READ, Math.min(bytes, file.bytes()), file.bytes());
      }
      if (range.isBumped()) {
        long main = range.revision();
        store.add(new Change(0, new KeyValue(Bytes.EMPTY, Bytes.EMPTY, main, main, 1, 0)));
        count++;
      }
      return count;
    }
  }
}
