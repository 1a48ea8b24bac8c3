package io.kvorum.mvcc;

import static io.kvorum.model.Revision.NEVER_COMPACTED;

import io.kvorum.model.Bytes;
import io.kvorum.model.Change;
import io.kvorum.model.Revision;
import io.kvorum.mvcc.HistoryLoader.LoadedHistory;
import io.kvorum.mvcc.history.PageCodec;
import io.kvorum.mvcc.history.PageReader.DecodedPage;
import io.kvorum.mvcc.history.RevisionHistory;
import io.kvorum.mvcc.history.RevisionHistory.Batch;
import io.kvorum.mvcc.history.RevisionHistory.Page;
import io.kvorum.support.Log;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Writes a snapshot into a history, and builds the index while pages arrive.
 *
 * <p>What an earlier attempt left is a beginning of the history, up to some change. It can be
 * resumed, from any sender, if the compact revision is the same and the sender's compaction was
 * settled: then the beginning holds nothing that the compaction is to drop. Otherwise it could hold
 * a version whose tombstone the next sender has dropped already, and a deleted key would come back
 * to life. So a fact remembers the compact revision as long as all senders were settled; without
 * it, the staging starts from nothing.
 *
 * <p>Until it is complete its index is 0, and it has no other facts.
 *
 * <p>Held by: SnapshotStagingTest, StoreTransferTest.
 */
final class HistoryStaging implements SnapshotStaging {
  private static final Log LOG = Log.of(HistoryStaging.class);

  private final RevisionHistory incoming;
  private final StoreSettings settings;
  private boolean open;
  private boolean takenOver;

  /** Null before it begins, and after something went wrong: then it has to begin again. */
  private StoreSnapshot.@Nullable Header header;

  private StoreInstance.@Nullable Parts parts;
  private @Nullable HistoryLoader loader;
  private @Nullable LoadedHistory completed;

  HistoryStaging(RevisionHistory incoming, StoreSettings settings) {
    this.incoming = incoming;
    this.settings = settings;
  }

  @Override
  public Revision begin(StoreSnapshot.Header coming) throws IOException {
    if (takenOver) {
      throw new IllegalStateException("the staged store has been installed");
    }
    header = null;
    completed = null;
    if (!open) {
      incoming.open();
      open = true;
    }
    if (!Facts.is(incoming.facts(), Facts.STAGED, coming.compactedRevision())) {
      incoming.clear();
    }
    HistoryLoader loading = load(coming);
    if (loading == null) {
      incoming.clear();
      loading = begun(load(coming));
    }
    Map<String, @Nullable Bytes> mark = new HashMap<>();
    mark.put(Facts.STAGED, coming.isSettled() ? Facts.of(coming.compactedRevision()) : null);
    incoming.append(new Batch(0, 0, List.of(), mark));
    header = coming;
    return loading.last();
  }

  /**
   * Reads the staged pages; pages that reach beyond what is coming are dropped.
   *
   * @return null if the staged pages are inconsistent
   */
  private @Nullable HistoryLoader load(StoreSnapshot.Header coming) throws IOException {
    StoreInstance.Parts fresh = StoreInstance.Parts.create(incoming, settings);
    HistoryLoader loading =
        new HistoryLoader(fresh.keys(), fresh.directory(), coming.compactedRevision());
    List<Revision> beyond = new ArrayList<>();
    List<IOException> damages = new ArrayList<>();
    incoming.scan(
        page -> {
          try {
            PageCodec.Outline outline = HistoryLoader.decode(page);
            if (beyond.isEmpty() && lastOf(outline).main() <= coming.revision()) {
              loading.take(page, outline);
            } else {
              beyond.add(page.first());
            }
          } catch (IOException damaged) {
            damages.add(damaged);
          }
        });
    if (!damages.isEmpty()) {
      LOG.warning(
          "dropped a damaged partial snapshot, receiving it from the start", damages.get(0));
      return null;
    }
    if (!beyond.isEmpty()) {
      incoming.rewrite(beyond, List.of());
    }
    parts = fresh;
    loader = loading;
    return loading;
  }

  @Override
  public void add(List<Page> pages) throws IOException {
    StoreSnapshot.Header coming = header();
    HistoryLoader loading = begun(loader);
    header = null;
    List<Page> fresh;
    try {
      fresh = whatIsNew(pages, coming, loading);
    } catch (IOException damaged) {
      // The cause may be what was there before, so the next attempt starts from nothing.
      incoming.clear();
      throw damaged;
    }
    if (!fresh.isEmpty()) {
      incoming.append(new Batch(0, 0, fresh, Map.of()));
    }
    header = coming;
  }

  private static List<Page> whatIsNew(
      List<Page> pages, StoreSnapshot.Header coming, HistoryLoader loading) throws IOException {
    List<Page> fresh = new ArrayList<>(pages.size());
    for (Page page : pages) {
      PageCodec.Outline outline = HistoryLoader.decode(page);
      Revision last = lastOf(outline);
      if (last.main() > coming.revision()) {
        throw new IOException(
            "a page reaches to revision " + last.main() + " of " + coming.revision());
      }
      if (page.first().compareTo(loading.last()) > 0) {
        loading.take(page, outline);
        fresh.add(page);
      } else if (last.compareTo(loading.last()) > 0) {
        Page rest = withoutWhatIsThere(page, loading.last());
        loading.visit(rest);
        fresh.add(rest);
      }
    }
    return fresh;
  }

  private static Page withoutWhatIsThere(Page page, Revision last) {
    DecodedPage content = DecodedPage.of(page.data());
    int from = content.firstAtOrAfter(last.main(), last.sub() + 1);
    List<Change> rest = content.changes().subList(from, content.changes().size());
    return new Page(rest.get(0).revision(), PageCodec.encode(rest));
  }

  /** Moves the end: what has come is a beginning of that store as well. */
  void endWith(StoreSnapshot.Header other) {
    if (other.compactedRevision() != header().compactedRevision()) {
      throw new IllegalArgumentException("a store of another compact revision");
    }
    header = other;
  }

  @Override
  public void complete() throws IOException {
    StoreSnapshot.Header coming = header();
    HistoryLoader loading = begun(loader);
    long expected = Facts.lastChange(coming.facts(), coming.revision());
    if (loading.last().main() != expected) {
      throw new IOException(
          "the staged store ends with revision "
              + loading.last().main()
              + ", not with "
              + expected);
    }
    Map<String, Bytes> facts = factsOf(coming);
    Map<String, @Nullable Bytes> changes = new HashMap<>(facts);
    changes.put(Facts.STAGED, null);
    incoming.append(new Batch(coming.index(), coming.term(), List.of(), changes));
    completed =
        LoadedHistory.of(
            incoming,
            begun(parts),
            loading,
            new RevisionHistory.Recovered(coming.index(), coming.term(), facts));
  }

  private static Map<String, Bytes> factsOf(StoreSnapshot.Header coming) {
    Map<String, Bytes> facts = new TreeMap<>(coming.facts());
    facts.keySet().removeIf(Facts::isOfThisCopy);
    facts.put(Facts.REVISION, Facts.of(coming.revision()));
    if (coming.compactedRevision() != NEVER_COMPACTED) {
      facts.put(Facts.COMPACT_REVISION, Facts.of(coming.compactedRevision()));
    }
    facts.put(Facts.INSTALLED, Facts.of(coming.index()));
    return facts;
  }

  @Override
  public StoreSnapshot.Header header() {
    return begun(header);
  }

  LoadedHistory completed() {
    LoadedHistory loaded = completed;
    if (loaded == null || takenOver) {
      throw new IllegalStateException("the staged store is not complete, or has been installed");
    }
    return loaded;
  }

  /** Hands the history over to the caller. */
  LoadedHistory takeOver() {
    LoadedHistory loaded = completed();
    takenOver = true;
    return loaded;
  }

  @Override
  public void close() throws IOException {
    if (open && !takenOver) {
      open = false;
      header = null;
      completed = null;
      incoming.close();
    }
  }

  private static Revision lastOf(PageCodec.Outline outline) {
    List<Change> changes = outline.changes();
    return changes.get(changes.size() - 1).revision();
  }

  private static <T> T begun(@Nullable T part) {
    if (part == null) {
      throw new IllegalStateException("the staging has not begun, or went wrong");
    }
    return part;
  }
}
