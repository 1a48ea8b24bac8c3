package io.kvorum.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.apply.Alarms;
import io.kvorum.apply.Applier;
import io.kvorum.apply.StateView;
import io.kvorum.auth.AuthListener;
import io.kvorum.consensus.StateMachine;
import io.kvorum.lease.LeaseView;
import io.kvorum.lease.Lessor;
import io.kvorum.membership.MemberView;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.Command;
import io.kvorum.model.Downgrade;
import io.kvorum.model.Event;
import io.kvorum.model.Result;
import io.kvorum.mvcc.MvccStore;
import io.kvorum.mvcc.SnapshotStaging;
import io.kvorum.mvcc.StoreSettings;
import io.kvorum.mvcc.StoreSnapshot;
import io.kvorum.mvcc.history.InMemoryHistory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The real store, leases, alarms and state machine for one life of a member, over a history in
 * memory that outlives it. Everything that is applied passes the {@link CoreLedger}.
 *
 * <p>The history thread is a real one. So that it does the same for the same seed, the Raft loop
 * waits for it wherever it is certain to have something to do.
 */
public final class SimulatedCore implements StateMachine {
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);

  /**
   * How the store of this life behaves.
   *
   * @param unwrittenLimitBytes the history is written whenever half of that has come together
   * @param awaitsCompaction false to let the history thread compact while the Raft loop continues
   */
  public record Temper(StoreSettings settings, long unwrittenLimitBytes, boolean awaitsCompaction) {
    /** With this limit the history is hardly written at all, and may be held. */
    public static final long NO_LIMIT = 1L << 30;
  }

  /**
   * What a life of the member starts from.
   *
   * @param history what its disk holds
   * @param founders of the cluster; looked at only where the history is new
   * @param listener receives each revision once it has been checked
   */
  public record Setup(
      InMemoryHistory history,
      CrashPoint crashPoint,
      CoreLedger ledger,
      List<ClusterMember> founders,
      Applier.CommitListener listener) {}

  private final CrashPoint crashPoint;
  private final CoreLedger ledger;
  private final Applier.CommitListener listener;
  private final Temper temper;
  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private final MvccStore store;
  private final Lessor lessor;
  private final Applier applier;
  private InMemoryHistory history;
  private long appliedIndex;
  private long publishedRevision;
  private long compactedRevision;
  private boolean held;

  public SimulatedCore(
      Setup setup,
      Temper temper,
      LongSupplier clock,
      Function<Command, CompletableFuture<Result>> proposer) {
    this.history = setup.history();
    this.crashPoint = setup.crashPoint();
    this.ledger = setup.ledger();
    this.listener = setup.listener();
    this.temper = temper;
    this.store = new MvccStore(history, temper.settings(), failure::set);
    this.applier = new Applier(store, this::published, AuthListener.NONE);
    this.lessor = new Lessor(applier.view().leases(), clock);
    lessor.start(proposer);
    try {
      MvccStore.Opened opened = store.open();
      applier.open(opened);
      applier.foundIfNew(setup.founders());
      appliedIndex = opened.recovered().appliedIndex();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    checkFound();
  }

  /** What is found on disk, or was given, is what there was after its last entry. */
  private void checkFound() {
    assertThat(appliedIndex).isLessThanOrEqualTo(ledger.lastIndex());
    publishedRevision = store.revision();
    compactedRevision = store.compactedRevision();
    assertThat(publishedRevision)
        .as("the revision after entry %d, as found", appliedIndex)
        .isEqualTo(ledger.revisionAfter(appliedIndex));
    assertThat(compactedRevision)
        .as("the compact revision after entry %d, as found", appliedIndex)
        .isEqualTo(ledger.compactedAfter(appliedIndex));
  }

  @Override
  public List<Result> apply(long index, long term, List<Command> commands) {
    ledger.watch(
        () -> {
          assertThat(index).as("each entry is applied once").isEqualTo(appliedIndex + 1);
          ledger.applying(index, term, commands);
        });
    appliedIndex = index;
    crashPoint.pass("apply");
    List<Result> results = applier.apply(index, term, commands);
    ledger.watch(() -> checkApplied(index, results));
    awaitHistory();
    crashPoint.pass("applied");
    return results;
  }

  private void checkApplied(long index, List<Result> results) {
    ledger.applied(results);
    assertThat(store.revision()).isEqualTo(ledger.revisionAfter(index));
    assertThat(publishedRevision).isEqualTo(ledger.revisionAfter(index));
    assertThat(store.compactedRevision())
        .isEqualTo(ledger.compactedAfter(index))
        .isGreaterThanOrEqualTo(compactedRevision);
    compactedRevision = store.compactedRevision();
  }

  private void published(long revision, List<Event> events) {
    ledger.watch(
        () -> {
          assertThat(revision).as("no gaps").isEqualTo(publishedRevision + 1);
          assertThat(store.revision()).as("visible").isGreaterThanOrEqualTo(revision);
          ledger.published(revision, events);
        });
    publishedRevision = revision;
    listener.committed(revision, events);
    crashPoint.pass("published");
  }

  @Override
  public void applyGroup(long index, long term, byte[] group) {
    ledger.watch(
        () -> {
          assertThat(index).as("each entry is applied once").isEqualTo(appliedIndex + 1);
          ledger.applyingGroup(index, term, group);
        });
    appliedIndex = index;
    crashPoint.pass("apply group");
    applier.applyGroup(index, term, group);
    ledger.watch(() -> checkApplied(index, List.of()));
    awaitHistory();
    crashPoint.pass("applied group");
  }

  @Override
  public DurableState durableState() {
    return applier.durableState();
  }

  @Override
  public long durableIndex() {
    return applier.durableIndex();
  }

  @Override
  public boolean workSlice() {
    crashPoint.pass("work slice");
    boolean more = applier.workSlice();
    if (!more && !held && temper.awaitsCompaction()) {
      awaitCompaction();
    }
    return more;
  }

  private void awaitHistory() {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (!held
        && store.stats().unwrittenBytes() >= temper.unwrittenLimitBytes() / 2
        && failure.get() == null) {
      ledger.watch(() -> assertThat(System.nanoTime()).as("history").isLessThan(deadline));
      Thread.yield();
    }
  }

  /** Ends without a result where the history breaks, which is for the next commit to notice. */
  private void awaitCompaction() {
    store
        .compactionFinished(store.compactedRevision())
        .orTimeout(PATIENCE_NANOS, TimeUnit.NANOSECONDS)
        .exceptionally(broken -> null)
        .join();
  }

  /** Starts or stops holding back the writing of the history, if this life can bear it. */
  public void toggleHold() {
    if (held) {
      history.release();
      held = false;
    } else if (temper.unwrittenLimitBytes() == Temper.NO_LIMIT) {
      history.hold();
      held = true;
    }
  }

  /** Keeps the history from being written, but by {@link #writeHistory}. */
  public void hold() {
    history.hold();
    held = true;
  }

  /** Has everything that was applied written, and waits for that. */
  public void writeHistory() {
    if (durableIndex() < appliedIndex) {
      readingOf(appliedIndex).close();
    }
  }

  /** A snapshot of everything that was applied. */
  public StoreSnapshot readHistory() {
    return readingOf(appliedIndex);
  }

  private StoreSnapshot readingOf(long index) {
    history.release();
    try {
      return store.openSnapshot(index).orTimeout(PATIENCE_NANOS, TimeUnit.NANOSECONDS).join();
    } catch (CompletionException e) {
      throw new AssertionError("the history is no longer written", failure.get());
    } finally {
      if (held) {
        history.hold();
      }
    }
  }

  /** Continues with a snapshot that was staged over that history. */
  public void install(SnapshotStaging staged, InMemoryHistory incoming) {
    if (held) {
      incoming.hold();
    }
    applier.install(staged);
    history.crash();
    history = incoming;
    appliedIndex = applier.durableState().index();
    ledger.watch(this::checkFound);
  }

  /** The history breaks at a rewriting to come, or the next time that it is written. */
  public void breakHistoryAfterRewrites(int rewrites) {
    history.crashAfterRewrites(rewrites);
  }

  public void breakHistory() {
    history.failWith(new IOException("simulated I/O error of the history"));
  }

  /** Why the history thread has failed; null if it has not. */
  public @Nullable Throwable historyFailure() {
    return failure.get();
  }

  /** The history thread has given up; the Raft loop notices at the next commit. */
  public boolean isHistoryBroken() {
    return failure.get() != null;
  }

  /**
   * Nothing more happens in this life.
   *
   * @param loses true if what is not written is lost, false if all of it just made it to the disk
   * @return the history for the next life
   */
  public InMemoryHistory end(boolean loses) {
    if (loses) {
      history.crash();
    } else {
      history.release();
    }
    try {
      store.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return history.reopen();
  }

  /** The history on which this life runs now. */
  public InMemoryHistory history() {
    return history;
  }

  public long appliedIndex() {
    return appliedIndex;
  }

  public MvccStore store() {
    return store;
  }

  public StateView view() {
    return applier.view();
  }

  public LeaseView leases() {
    return applier.view().leases();
  }

  public Lessor lessor() {
    return lessor;
  }

  public Downgrade downgrade() {
    return applier.view().downgrade().current();
  }

  public Alarms alarms() {
    return applier.view().alarms();
  }

  public MemberView members() {
    return applier.view().members();
  }
}
