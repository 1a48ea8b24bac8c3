package io.kvorum.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.auth.AuthListener;
import io.kvorum.lease.Lease;
import io.kvorum.lease.LeaseView;
import io.kvorum.lease.Lessor;
import io.kvorum.membership.MemberView;
import io.kvorum.model.Alarm;
import io.kvorum.model.Bytes;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.Command;
import io.kvorum.model.KeyRange;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.Revision;
import io.kvorum.mvcc.MvccStore;
import io.kvorum.mvcc.SnapshotStaging;
import io.kvorum.mvcc.StoreSettings;
import io.kvorum.mvcc.StoreSnapshot;
import io.kvorum.mvcc.history.InMemoryHistory;
import io.kvorum.mvcc.history.RevisionHistory;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class InstalledSnapshotTest {
  /** A state machine that stands by itself. */
  private static final class Machine {
    final LeaseView leases;
    final Alarms alarms;
    final MemberView members;
    final Lessor lessor;
    final MvccStore store;
    final Applier applier;

    Machine(RevisionHistory history) throws IOException {
      StoreSettings settings = new StoreSettings(1 << 20, 1 << 20, 1 << 20);
      store =
          new MvccStore(
              history,
              settings,
              failure -> {
                throw new AssertionError(failure);
              });
      applier = new Applier(store, (revision, events) -> {}, AuthListener.NONE);
      leases = applier.view().leases();
      alarms = applier.view().alarms();
      members = applier.view().members();
      lessor = new Lessor(leases, () -> 0);
      lessor.start(command -> new CompletableFuture<>());
      applier.open(store.open());
    }
  }

  private final InMemoryHistory incoming = new InMemoryHistory();
  private Machine leader;
  private Machine follower;
  private long index;

  @BeforeEach
  void open() throws IOException {
    leader = new Machine(new InMemoryHistory());
    follower = new Machine(new InMemoryHistory());
  }

  @AfterEach
  void close() throws IOException {
    leader.store.close();
    follower.store.close();
  }

  private void onBoth(Command... commands) {
    onLeader(commands);
    follower.applier.apply(index, 3, List.of(commands));
  }

  private void onLeader(Command... commands) {
    leader.applier.apply(++index, 3, List.of(commands));
  }

  private void install() throws IOException {
    SnapshotStaging staged = follower.store.stage(incoming);
    try (StoreSnapshot reading =
        leader.store.openSnapshot(index).orTimeout(20, TimeUnit.SECONDS).join()) {
      staged.begin(reading.header());
      staged.add(reading.pagesAfter(new Revision(0, 0), Long.MAX_VALUE));
    }
    staged.complete();
    follower.applier.install(staged);
  }

  private static Command put(String key, long lease) {
    return new Command.Put(Bytes.utf8(key), Bytes.utf8("v"), lease, false, false, false);
  }

  @Test
  void leasesAndAlarmsAreThoseOfTheInstalledStateAndNoOthers() throws IOException {
    Alarm kept = new Alarm(1, Alarm.Kind.NOSPACE);
    Alarm cleared = new Alarm(2, Alarm.Kind.NOSPACE);
    onBoth(new Command.LeaseGrant(7, 10), new Command.LeaseGrant(8, 100), put("a", 7));
    onBoth(put("b", 8), put("c", 7), new Command.AlarmActivate(cleared));
    follower.lessor.promote(0, 1);
    onLeader(new Command.AlarmDeactivate(cleared), put("c", 8));
    onLeader(new Command.LeaseRevoke(7), new Command.LeaseGrant(9, 1_000));
    onLeader(new Command.AlarmActivate(kept));
    install();
    assertThat(follower.leases.all()).extracting(Lease::id).containsExactlyInAnyOrder(8L, 9L);
    assertThat(follower.leases.find(8).keys()).containsExactly(Bytes.utf8("b"), Bytes.utf8("c"));
    assertThat(follower.leases.leaseIdOf(Bytes.utf8("a"))).isZero();
    assertThat(follower.leases.leaseIdOf(Bytes.utf8("c"))).isEqualTo(8);
    assertThat(follower.alarms.active()).containsExactly(kept);
    assertThat(follower.store.range(RangeQuery.of(KeyRange.all())))
        .isEqualTo(leader.store.range(RangeQuery.of(KeyRange.all())));
  }

  @Test
  void theMembersAreThoseOfTheInstalledState() throws IOException {
    ClusterMember one = new ClusterMember(1, "a", List.of("http://a:1"), List.of(), false);
    ClusterMember two = new ClusterMember(2, "b", List.of("http://b:1"), List.of(), false);
    ClusterMember three = new ClusterMember(3, "", List.of("http://c:1"), List.of(), true);
    leader.applier.foundIfNew(List.of(one, two));
    follower.applier.foundIfNew(List.of(one, two));
    onBoth(put("a", 0));
    onLeader(new Command.MemberAdd(three, 1), new Command.MemberRemove(2));
    install();
    assertThat(follower.members.members()).containsExactly(one, three);
    assertThat(follower.members.voters()).containsExactly(1L);
    assertThat(follower.members.learners()).containsExactly(3L);
  }

  @Test
  void theDurableStateSaysThatTheStateWasInstalledAlsoAfterARestart() throws IOException {
    onLeader(put("a", 0));
    leader.applier.applyGroup(++index, 5, new byte[] {1, 2});
    assertThat(follower.applier.durableState().isInstalled()).isFalse();
    install();
    assertThat(follower.applier.durableState().index()).isEqualTo(index);
    assertThat(follower.applier.durableState().term()).isEqualTo(5);
    assertThat(follower.applier.durableState().isInstalled()).isTrue();
    assertThat(follower.applier.durableState().group()).containsExactly(1, 2);
    follower.store.close();
    follower = new Machine(incoming.reopen());
    assertThat(follower.applier.durableState().isInstalled()).isTrue();
  }

  @Test
  void theStateMachineGoesOnFromTheInstalledState() throws IOException {
    onLeader(put("a", 0), put("a", 0));
    install();
    assertThat(follower.applier.durableIndex()).isEqualTo(index);
    onBoth(put("a", 0), put("b", 0));
    follower.store.openSnapshot(index).orTimeout(20, TimeUnit.SECONDS).join().close();
    follower.store.close();
    follower = new Machine(incoming.reopen());
    assertThat(follower.applier.durableState().index()).isEqualTo(index);
    assertThat(follower.applier.durableState().isInstalled()).isFalse();
    assertThat(follower.store.range(RangeQuery.of(KeyRange.all())))
        .isEqualTo(leader.store.range(RangeQuery.of(KeyRange.all())));
  }
}
