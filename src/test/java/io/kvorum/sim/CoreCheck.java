package io.kvorum.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.lease.Lease;
import io.kvorum.model.Change;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.KeyRange;
import io.kvorum.model.KeyValue;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.RequestException;
import io.kvorum.mvcc.MvccStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Supplier;

/** Compares everything that a core shows with what the model says; both must be equally far. */
final class CoreCheck {
  private static final RangeQuery ALL = RangeQuery.of(KeyRange.all());

  private final CoreModel model;
  private final SimulatedCore core;
  private final MvccStore store;
  private final Random random;

  CoreCheck(CoreModel model, SimulatedCore core, Random random) {
    this.model = model;
    this.core = core;
    this.store = core.store();
    this.random = random;
  }

  /** What there is now, and a few revisions of the past. */
  void some() {
    checkNow();
    long oldest = oldestReadable();
    for (int i = 0; i < 5; i++) {
      checkRevision(oldest + random.nextInt((int) (model.revision() - oldest) + 1));
    }
  }

  /** What there is now, every revision of the past that is left, and every event. */
  void everything() {
    checkNow();
    for (long revision = oldestReadable(); revision <= model.revision(); revision++) {
      checkRevision(revision);
    }
    checkChanges();
  }

  private long oldestReadable() {
    return Math.max(1, model.compactedRevision());
  }

  private void checkNow() {
    assertThat(store.revision()).isEqualTo(model.revision());
    assertThat(store.compactedRevision()).isEqualTo(model.compactedRevision());
    assertThat(store.stats().keys()).isEqualTo(model.stateAt(model.revision()).size());
    assertThat(core.alarms().active()).isEqualTo(model.alarms());
    assertThat(core.downgrade()).isEqualTo(model.downgrade());
    assertThat(AuthModel.text(core.view().auth().state())).isEqualTo(model.auth().text());
    assertThat(core.members().members()).isEqualTo(model.members().all());
    for (long id : model.members().removed()) {
      assertThat(core.members().wasRemoved(id)).as("whether %d was removed", id).isTrue();
    }
    checkLeases();
    checkRevision(model.revision());
    checkRefused(model.revision() + 1, ErrorCode.FUTURE_REVISION);
    if (model.compactedRevision() > 1) {
      checkRefused(model.compactedRevision() - 1, ErrorCode.COMPACTED);
    }
  }

  private void checkLeases() {
    TreeMap<Long, CoreModel.LeaseState> found = new TreeMap<>();
    for (Lease lease : core.leases().all()) {
      found.put(
          lease.id(), new CoreModel.LeaseState(lease.ttlSeconds(), lease.checkpointedSeconds()));
      assertThat(List.copyOf(lease.keys()))
          .as("the keys of lease %d", lease.id())
          .isEqualTo(model.keysOf(lease.id()));
    }
    assertThat(found).isEqualTo(model.leases());
    for (KeyValue kv : model.stateAt(model.revision()).values()) {
      assertThat(core.leases().leaseIdOf(kv.key())).isEqualTo(kv.lease());
    }
  }

  private void checkRevision(long revision) {
    assertThat(store.range(ALL.atRevision(revision)).kvs())
        .as("the keys at revision %d of %d", revision, model.revision())
        .isEqualTo(List.copyOf(model.stateAt(revision).values()));
  }

  private void checkRefused(long revision, ErrorCode code) {
    assertThatThrownBy(() -> store.range(ALL.atRevision(revision)))
        .isInstanceOfSatisfying(
            RequestException.class, refusal -> assertThat(refusal.code()).isEqualTo(code));
  }

  private void checkChanges() {
    List<Change> expected = new ArrayList<>();
    List<Change> found = new ArrayList<>();
    long next = oldestReadable() + 1;
    while (next <= model.revision()) {
      MvccStore.Changes changes =
          store.changesFrom(next, 1 + random.nextInt(50), 1 + random.nextInt(9_000));
      found.addAll(changes.changes());
      assertThat(changes.lastRevision()).isGreaterThanOrEqualTo(next);
      for (; next <= changes.lastRevision(); next++) {
        expected.addAll(model.changesAt(next));
      }
    }
    assertThat(found).isEqualTo(expected);
    for (Change change : expected) {
      KeyValue kv = change.kv();
      assertThat(store.versionBefore(kv.key(), kv.modRevision()))
          .as("what was there before %s", change)
          .isEqualTo(model.versionBefore(change));
    }
  }

  /** A read like that of a client. */
  void read(RangeQuery query) {
    Object expected = outcome(() -> model.range(query));
    assertThat(outcome(() -> store.range(query))).as("%s", query).isEqualTo(expected);
  }

  private static Object outcome(Supplier<Object> read) {
    try {
      return read.get();
    } catch (RequestException refusal) {
      return refusal.code();
    }
  }
}
