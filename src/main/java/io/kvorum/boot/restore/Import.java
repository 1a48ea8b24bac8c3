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
import io.kvorum.mvcc.StagedChanges;
import io.kvorum.mvcc.StoreSettings;
import io.kvorum.mvcc.StoreSnapshot;
import io.kvorum.sealing.Sealing;
import io.kvorum.support.Log;
import io.kvorum.support.Reason;
import java.io.IOException;
import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes the data directory of a cluster's first member from a snapshot file and the changes that
 * its source makes afterwards, whose revisions stay what they are. The directory is there when this
 * is finished, and not before: what is closed earlier leaves nothing. Confined to one thread.
 *
 * <p>Entry of {@code kvorumctl import}. A cluster of several has to grow from that member: other
 * founders would end at other revisions.
 *
 * <p>Held by: ImportIT.
 */
public final class Import implements AutoCloseable {
  private static final Log LOG = Log.of(Import.class);
  private static final StoreSettings STORE = new StoreSettings(1 << 20, 1 << 20, 1 << 20);

  /** Beyond all that may come. */
  private static final long OPEN_END = Long.MAX_VALUE;

  private final Founder founder;
  private final RestorePlace place;
  private final SnapshotState state;
  private final Sealing sealing;
  private @Nullable StagedChanges store;
  private long revision;
  private long lastChange;
  private long changes;
  private long bytes;

  private Import(
      Founder founder,
      RestorePlace place,
      SnapshotState state,
      Sealing sealing,
      StagedChanges store,
      long bytes) {
    this.founder = founder;
    this.place = place;
    this.state = state;
    this.sealing = sealing;
    this.store = store;
    this.revision = state.revision();
    this.bytes = bytes;
  }

  /**
   * Finds out whether an import could begin, before its snapshot is fetched.
   *
   * @throws RestoreException if it would be refused
   */
  public static void check(RestoreSettings settings) throws RestoreException {
    Founder founder = founder(settings);
    try (RestorePlace place =
        RestorePlace.prepare(settings.dataDirectory(), settings.walDirectory())) {
      LOG.debug("{} can be made at {}", founder.identity(), place.member());
    } catch (IOException failure) {
      throw new RestoreException(Reason.inFull(failure), failure);
    }
  }

  private static Founder founder(RestoreSettings settings) throws RestoreException {
    Founder founder = Founder.of(settings.member(), UrlComparison.byResolver());
    if (founder.members().size() != 1) {
      throw new RestoreException("an import makes the first member of a cluster, not several");
    }
    return founder;
  }

  /**
   * Takes all that is in the snapshot.
   *
   * @param settings those of a restore that takes everything
   * @throws RestoreException if it is refused or fails
   */
  public static Import begin(RestoreSettings settings, Progress progress) throws RestoreException {
    Founder founder = founder(settings);
    try {
      RestorePlace place = RestorePlace.prepare(settings.dataDirectory(), settings.walDirectory());
      try (SnapshotFile file = open(settings, progress)) {
        return begin(founder, place, file, settings.sealing(), progress);
      } catch (IOException | RuntimeException | Error failure) {
        place.close();
        throw failure;
      }
    } catch (IOException failure) {
      throw new RestoreException(Reason.inFull(failure), failure);
    }
  }

  private static SnapshotFile open(RestoreSettings settings, Progress progress) throws IOException {
    SnapshotHash.verify(settings.snapshot(), progress);
    return SnapshotFile.open(settings.snapshot());
  }

  private static Import begin(
      Founder founder, RestorePlace place, SnapshotFile file, Sealing sealing, Progress progress)
      throws IOException {
    SnapshotState state = file.state();
    StagedChanges store =
        StagedChanges.begin(
            new DerbyHistory(place.member().resolve("history"), sealing),
            STORE,
            header(OPEN_END, state, Map.of(), 0),
            OPEN_END);
    Import begun = new Import(founder, place, state, sealing, store, file.bytes());
    try {
      begun.load(file, progress);
      return begun;
    } catch (IOException | RuntimeException | Error failure) {
      store.close();
      throw failure;
    }
  }

  private void load(SnapshotFile file, Progress progress) throws IOException {
    SnapshotChanges from = file.changes();
    long done = 0;
    for (Change change = from.next(); change != null; change = from.next()) {
      append(change);
      done += change.kv().key().length() + change.kv().value().length();
      progress.report(Progress.Step.READ, Math.min(done, file.bytes()), file.bytes());
    }
  }

  private void append(Change change) throws IOException {
    open().add(change);
    lastChange = change.kv().modRevision();
    changes++;
  }

  /** How far it has come. */
  public long revision() {
    return revision;
  }

  /**
   * Takes the next change.
   *
   * @throws RestoreException if it cannot be written
   */
  public void add(Change change) throws RestoreException {
    try {
      append(change);
    } catch (IOException failure) {
      throw new RestoreException(Reason.inFull(failure), failure);
    }
    revision = change.kv().modRevision();
    bytes += change.kv().key().length() + change.kv().value().length();
  }

  /**
   * Makes the directory.
   *
   * @param leases all that the source has now
   * @throws RestoreException if it fails
   */
  public Restore.Restored finish(Collection<SnapshotState.GrantedLease> leases)
      throws RestoreException {
    try {
      open().complete(header(revision, state, founder.facts(state, leases), bytes), lastChange);
      closeStore();
      founder.writeBesideStore(place, sealing);
      place.commit();
      return new Restore.Restored(founder.identity(), revision, state.compactedRevision(), changes);
    } catch (IOException failure) {
      throw new RestoreException(Reason.inFull(failure), failure);
    }
  }

  private static StoreSnapshot.Header header(
      long revision, SnapshotState state, Map<String, Bytes> facts, long bytes) {
    return new StoreSnapshot.Header(
        Founder.INDEX, Founder.TERM, revision, state.compactedRevision(), facts, bytes);
  }

  private StagedChanges open() {
    if (store == null) {
      throw new IllegalStateException("the import is over");
    }
    return store;
  }

  private void closeStore() throws IOException {
    if (store != null) {
      store.close();
      store = null;
    }
  }

  /** Deletes what there is, unless it is finished. */
  @Override
  public void close() throws RestoreException {
    try {
      closeStore();
    } catch (IOException failure) {
      throw new RestoreException(Reason.inFull(failure), failure);
    } finally {
      place.close();
    }
  }
}
