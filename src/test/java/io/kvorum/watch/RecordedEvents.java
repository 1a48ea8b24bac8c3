package io.kvorum.watch;

import io.kvorum.model.Bytes;
import io.kvorum.model.Change;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.Event;
import io.kvorum.model.KeyRange;
import io.kvorum.model.KeyValue;
import io.kvorum.model.RequestException;
import io.kvorum.model.Revision;
import io.kvorum.mvcc.ChangeSource;
import io.kvorum.mvcc.MvccStore;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Records the events of all revisions and serves them to a hub as a store would. It forgets
 * nothing, so that a test can look everything up, but answers as if it had compacted. Thread-safe.
 */
public final class RecordedEvents implements ChangeSource {
  /** A write of one key; a null value deletes. */
  record Write(Bytes key, @Nullable Bytes value) {}

  private final List<List<Event>> revisions = new ArrayList<>();
  private final Map<Bytes, TreeMap<Long, KeyValue>> versions = new HashMap<>();
  private long visible = Revision.EMPTY_STORE;
  private boolean failing;
  private long compacted = Revision.NEVER_COMPACTED;

  /** Appends a revision that is not visible yet. Deletions of absent keys are left out. */
  synchronized long write(List<Write> writes) {
    long revision = lastRevision() + 1;
    List<Event> events = new ArrayList<>();
    for (Write write : writes) {
      KeyValue previous = livingBefore(write.key(), revision);
      Bytes value = write.value();
      KeyValue kv;
      if (value != null) {
        long created = previous == null ? revision : previous.createRevision();
        long version = previous == null ? 1 : previous.version() + 1;
        kv = new KeyValue(write.key(), value, created, revision, version, 0);
      } else if (previous != null) {
        kv = KeyValue.tombstone(write.key(), revision);
      } else {
        continue;
      }
      versions.computeIfAbsent(write.key(), key -> new TreeMap<>()).put(revision, kv);
      events.add(new Event(kv, previous));
    }
    if (events.isEmpty()) {
      return 0;
    }
    revisions.add(events);
    return revision;
  }

  /** Appends a revision that has happened, with lease and all, and everybody sees. */
  public synchronized void append(List<KeyValue> changes) {
    long revision = lastRevision() + 1;
    List<Event> events = new ArrayList<>();
    for (KeyValue kv : changes) {
      events.add(new Event(kv, livingBefore(kv.key(), revision)));
      versions.computeIfAbsent(kv.key(), key -> new TreeMap<>()).put(revision, kv);
    }
    revisions.add(events);
    visible = revision;
  }

  /** The events of a revision, each with its true previous version. */
  synchronized List<Event> events(long revision) {
    if (revision == Revision.EMPTY_STORE) {
      return List.of();
    }
    return revisions.get((int) (revision - Revision.EMPTY_STORE - 1));
  }

  synchronized List<Event> events(KeyRange range, long from, long to) {
    List<Event> found = new ArrayList<>();
    for (long revision = Math.max(from, Revision.EMPTY_STORE + 1); revision <= to; revision++) {
      for (Event event : events(revision)) {
        if (range.contains(event.kv().key())) {
          found.add(event);
        }
      }
    }
    return found;
  }

  synchronized void makeVisible(long revision) {
    visible = revision;
  }

  public synchronized void compact(long revision) {
    compacted = revision;
  }

  public synchronized long lastRevision() {
    return Revision.EMPTY_STORE + revisions.size();
  }

  /** The next read fails as if the disk did. */
  synchronized void failNextRead() {
    failing = true;
  }

  @Override
  public synchronized long revision() {
    return visible;
  }

  @Override
  public synchronized long compactedRevision() {
    return compacted;
  }

  @Override
  public synchronized MvccStore.Changes changesFrom(
      long fromRevision, int maxRevisions, long maxBytes) {
    if (failing) {
      failing = false;
      throw new IllegalStateException("the disk cannot be read, as the test wants it");
    }
    if (fromRevision < compacted) {
      throw new RequestException(ErrorCode.COMPACTED);
    }
    List<Change> changes = new ArrayList<>();
    long revision = fromRevision;
    long bytes = 0;
    while (revision <= visible && revision - fromRevision < maxRevisions && bytes < maxBytes) {
      int sub = 0;
      for (Event event : events(revision)) {
        changes.add(new Change(sub++, event.kv()));
        bytes += event.kv().key().length() + event.kv().value().length();
      }
      revision++;
    }
    return new MvccStore.Changes(changes, revision - 1);
  }

  @Override
  public synchronized @Nullable KeyValue versionBefore(Bytes key, long modRevision) {
    return modRevision <= compacted ? null : livingBefore(key, modRevision);
  }

  private @Nullable KeyValue livingBefore(Bytes key, long revision) {
    TreeMap<Long, KeyValue> ofKey = versions.get(key);
    Map.Entry<Long, KeyValue> before = ofKey == null ? null : ofKey.lowerEntry(revision);
    return before == null || before.getValue().isTombstone() ? null : before.getValue();
  }
}
