package io.kvorum.peer.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.consensus.SnapshotTransfer;
import io.kvorum.model.Bytes;
import io.kvorum.model.Revision;
import io.kvorum.mvcc.SnapshotStaging;
import io.kvorum.mvcc.StoreSnapshot;
import io.kvorum.mvcc.history.RevisionHistory;
import io.kvorum.peer.PeerIdentity;
import io.kvorum.peer.PeerServices;
import io.kvorum.peer.PeerStats;
import io.kvorum.peer.SnapshotSource;
import io.kvorum.peer.SnapshotTarget;
import io.kvorum.testing.Ports;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(60)
class PeerSnapshotTransferTest {
  private final long seed = new Random().nextLong();
  private final Random random = new Random(seed);
  @RegisterExtension private final OpenPeers opened = new OpenPeers();

  @Test
  void aSnapshotArrivesPageByPage() throws Exception {
    TestSnapshots store = new TestSnapshots(random, 2000, 20_000);
    TestPeer source = source(1, store);
    TestPeer joiner = opened.peer(2);
    TestPeer.join(source, joiner);
    TestSnapshots.Arrivals arrivals = new TestSnapshots.Arrivals();
    PeerSnapshotTransfer transfer =
        opened.keep(new PeerSnapshotTransfer(joiner.transport, arrivals));

    SnapshotTransfer.Arrived arrived = get(transfer.pull(1, 41));

    assertThat(arrived.index()).isEqualTo(42);
    assertThat(arrived.term()).isEqualTo(3);
    assertArrived(arrivals, store);
    assertThat(arrivals.header).as("seed %d", seed).isEqualTo(store.header(42));
    arrived.install();
    assertThat(arrivals.installed).isCompletedWithValue(42L);
    assertThat(store.closedSnapshots.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
    assertThat(joiner.transport.stats().transfers().received()).isEqualTo(1);
    assertThat(joiner.transport.stats().transfers().receiving()).isZero();
    PeerStats.Transfer counted = joiner.transport.stats().transfers().from().get(0);
    assertThat(counted.memberId()).isEqualTo(1);
    assertThat(counted.bytes()).isPositive();
    assertThat(counted.expectedBytes()).isEqualTo(store.header(42).bytes());
    assertThat(counted.durations().count()).isEqualTo(1);
  }

  @Test
  void anEmptyStoreArrivesToo() throws Exception {
    TestSnapshots store = new TestSnapshots(random, 0, 1);
    TestPeer source = source(1, store);
    TestPeer joiner = opened.peer(2);
    TestPeer.join(source, joiner);
    TestSnapshots.Arrivals arrivals = new TestSnapshots.Arrivals();
    PeerSnapshotTransfer transfer =
        opened.keep(new PeerSnapshotTransfer(joiner.transport, arrivals));
    assertThat(get(transfer.pull(1, 1)).index()).isEqualTo(2);
    assertArrived(arrivals, store);
  }

  @Test
  void manyFactsTravelInSeveralParts() throws Exception {
    TestSnapshots store = new TestSnapshots(random, 3, 100);
    for (int i = 0; i < 30; i++) {
      byte[] value = new byte[200_000];
      random.nextBytes(value);
      store.facts.put("large/" + i, Bytes.wrap(value));
    }
    TestPeer source = source(1, store);
    TestPeer joiner = opened.peer(2);
    TestPeer.join(source, joiner);
    TestSnapshots.Arrivals arrivals = new TestSnapshots.Arrivals();
    PeerSnapshotTransfer transfer =
        opened.keep(new PeerSnapshotTransfer(joiner.transport, arrivals));
    get(transfer.pull(1, 1));
    assertThat(arrivals.header).isEqualTo(store.header(2));
  }

  @Test
  void aBrokenTransferIsResumed() throws Exception {
    TestSnapshots store = new TestSnapshots(random, 1000, 40_000);
    int port = Ports.free();
    TestPeer source = source(1, port, store::open);
    TestPeer joiner = opened.peer(2);
    TestPeer.join(source, joiner);
    TestSnapshots.Arrivals arrivals = new TestSnapshots.Arrivals();
    PeerSnapshotTransfer transfer =
        opened.keep(new PeerSnapshotTransfer(joiner.transport, arrivals));
    TestSnapshots.Gate gate = new TestSnapshots.Gate(store.pages.lastKey().main() / 2);
    store.gate = gate;

    CompletableFuture<SnapshotTransfer.Arrived> pull = transfer.pull(1, 41);
    assertThat(gate.reached().await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(arrivals.someAdded.await(10, TimeUnit.SECONDS)).isTrue();
    source.close();
    store.gate = null;
    gate.release().countDown();
    assertThat(pull).isNotDone();
    TestPeer.join(source(1, port, store::open), joiner);

    assertThat(get(pull).index()).isEqualTo(42);
    assertArrived(arrivals, store);
    assertThat(arrivals.resumed).hasSizeGreaterThanOrEqualTo(2);
    assertThat(arrivals.resumed.get(arrivals.resumed.size() - 1)).isGreaterThan(new Revision(0, 0));
    assertThat(arrivals.added).hasValue(store.pages.size());
  }

  @Test
  void aSnapshotIsClosedWhenTheReceiverGivesUp() throws Exception {
    TestSnapshots store = new TestSnapshots(random, 1000, 40_000);
    TestSnapshots.Gate gate = new TestSnapshots.Gate(store.pages.lastKey().main() / 2);
    store.gate = gate;
    TestPeer source = source(1, store);
    TestPeer other = source(3, new TestSnapshots(random, 10, 100));
    TestPeer joiner = opened.peer(2);
    TestPeer.join(source, other, joiner);
    TestSnapshots.Arrivals arrivals = new TestSnapshots.Arrivals();
    PeerSnapshotTransfer transfer =
        opened.keep(new PeerSnapshotTransfer(joiner.transport, arrivals));

    CompletableFuture<SnapshotTransfer.Arrived> first = transfer.pull(1, 41);
    assertThat(transfer.pull(1, 50)).isSameAs(first);
    assertThat(gate.reached().await(10, TimeUnit.SECONDS)).isTrue();
    arrivals.durable.clear();
    Future<SnapshotTransfer.Arrived> second = transfer.pull(3, 60);
    assertThatThrownBy(() -> get(first))
        .isInstanceOf(ExecutionException.class)
        .hasMessageContaining("another member is wanted: m3 (3)");
    gate.release().countDown();
    assertThat(store.closedSnapshots.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
    arrivals.durable.clear();
    second.cancel(true);
  }

  @Test
  void aReceiverThatTakesNothingIsGivenUp() throws Exception {
    TestSnapshots store = new TestSnapshots(random, 1000, 40_000);
    TestPeer source =
        opened.keep(
            new TestPeer(
                1,
                TestPeer.CLUSTER,
                TestPeer.settings(0).withTimeouts(Duration.ofMillis(200), Duration.ofSeconds(7)),
                services(store::open)));
    TestPeer joiner = opened.peer(2);
    TestPeer.join(source, joiner);
    TestSnapshots.Arrivals arrivals = new TestSnapshots.Arrivals();
    TestSnapshots.Gate hold = new TestSnapshots.Gate(0);
    SnapshotTarget stuck = new StuckTarget(arrivals, hold);
    PeerSnapshotTransfer transfer = opened.keep(new PeerSnapshotTransfer(joiner.transport, stuck));
    CompletableFuture<SnapshotTransfer.Arrived> pull = transfer.pull(1, 41);
    assertThat(hold.reached().await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(store.closedSnapshots.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
    pull.cancel(true);
    hold.release().countDown();
    transfer.close();
    assertThat(arrivals.open).hasValue(0);
    assertThat(arrivals.isComplete).isFalse();
    assertThat(source.transport.stats().transfers().sent()).isZero();
  }

  @Test
  void aThirdReceiverHasToWait() throws Exception {
    TestSnapshots store = new TestSnapshots(random, 100, 1000);
    TestSnapshots.Gate gate = new TestSnapshots.Gate(0);
    store.gate = gate;
    TestPeer source = source(1, store);
    TestPeer[] all = {source, null, null, null};
    List<CompletableFuture<SnapshotTransfer.Arrived>> pulls = new ArrayList<>();
    for (int i = 1; i < all.length; i++) {
      all[i] = opened.keep(new TestPeer(i + 1));
    }
    TestPeer.join(all);
    try (CapturedLog log = new CapturedLog()) {
      for (int i = 1; i < all.length; i++) {
        pulls.add(
            opened
                .keep(new PeerSnapshotTransfer(all[i].transport, new TestSnapshots.Arrivals()))
                .pull(1, 41));
      }
      log.await("already sending snapshots to 2 members");
    }
    store.gate = null;
    gate.release().countDown();
    for (CompletableFuture<SnapshotTransfer.Arrived> pull : pulls) {
      get(pull);
    }
    assertThat(store.mostSnapshots.get()).isLessThanOrEqualTo(2);
  }

  @Test
  void aStagingAreaThatCannotBeOpenedEndsTheTransfer() throws Exception {
    TestPeer source = source(1, new TestSnapshots(random, 100, 1000));
    TestPeer joiner = opened.peer(2);
    TestPeer.join(source, joiner);
    SnapshotTarget full =
        new SnapshotTarget() {
          @Override
          public void install(SnapshotStaging store) {}

          @Override
          public SnapshotStaging open() throws IOException {
            throw new IOException("the disk is full");
          }

          @Override
          public boolean clear() {
            return false;
          }
        };
    PeerSnapshotTransfer transfer = opened.keep(new PeerSnapshotTransfer(joiner.transport, full));
    assertThatThrownBy(() -> get(transfer.pull(1, 41))).hasRootCauseMessage("the disk is full");
    assertThat(joiner.transport.stats().transfers().receiveFailures()).isEqualTo(1);
  }

  @Test
  void anUnusableStagingAreaIsClearedOnce() throws Exception {
    TestSnapshots store = new TestSnapshots(random, 100, 1000);
    TestPeer source = source(1, store);
    TestPeer joiner = opened.peer(2);
    TestPeer.join(source, joiner);
    TestSnapshots.Arrivals arrivals = new TestSnapshots.Arrivals();
    arrivals.durable.putAll(store.pages.headMap(store.pages.lastKey()));
    DamagedTarget damaged = new DamagedTarget(arrivals, new AtomicInteger(1));
    PeerSnapshotTransfer transfer =
        opened.keep(new PeerSnapshotTransfer(joiner.transport, damaged));
    get(transfer.pull(1, 41)).discard();
    assertArrived(arrivals, store);
    assertThat(arrivals.added).as("from the first page on").hasValue(store.pages.size());
    assertThat(arrivals.open).hasValue(0);

    damaged.damages().set(Integer.MAX_VALUE);
    assertThatThrownBy(() -> get(transfer.pull(1, 41))).hasMessageContaining("damaged");
    assertThat(damaged.damages()).as("two attempts").hasValue(Integer.MAX_VALUE - 2);
    assertThat(arrivals.open).hasValue(0);
  }

  /** Fails to open, so many times. */
  private record DamagedTarget(TestSnapshots.Arrivals arrivals, AtomicInteger damages)
      implements SnapshotTarget {
    @Override
    public void install(SnapshotStaging store) {}

    @Override
    public boolean clear() {
      return arrivals.clear();
    }

    @Override
    public SnapshotStaging open() throws IOException {
      SnapshotStaging staged = arrivals.open();
      if (damages.get() > 0) {
        damages.decrementAndGet();
        staged.close();
        throw new IOException("the staged history is damaged");
      }
      return staged;
    }
  }

  @Test
  void aSnapshotThatIsTooOldIsNotAccepted() throws Exception {
    TestSnapshots store = new TestSnapshots(random, 5, 100);
    TestPeer source = source(1, atLeastIndex -> store.open(atLeastIndex - 2));
    TestPeer joiner = opened.peer(2);
    TestPeer.join(source, joiner);
    TestSnapshots.Arrivals arrivals = new TestSnapshots.Arrivals();
    try (CapturedLog log = new CapturedLog();
        PeerSnapshotTransfer transfer = new PeerSnapshotTransfer(joiner.transport, arrivals)) {
      CompletableFuture<SnapshotTransfer.Arrived> pull = transfer.pull(1, 41);
      log.await("only has a snapshot up to entry 40");
      assertThat(pull).isNotDone();
    }
    assertThat(arrivals.resumed).isEmpty();
  }

  @Test
  void aPullEndsWithItsTransfer() throws Exception {
    TestSnapshots store = new TestSnapshots(random, 5, 100);
    TestSnapshots.Gate gate = new TestSnapshots.Gate(0);
    store.gate = gate;
    TestPeer source = source(1, store);
    TestPeer joiner = opened.peer(2);
    TestPeer.join(source, joiner);
    PeerSnapshotTransfer transfer =
        new PeerSnapshotTransfer(joiner.transport, new TestSnapshots.Arrivals());
    CompletableFuture<SnapshotTransfer.Arrived> pull = transfer.pull(1, 41);
    assertThat(gate.reached().await(10, TimeUnit.SECONDS)).isTrue();
    transfer.close();
    assertThatThrownBy(() -> get(pull)).hasMessageContaining("stopping");
    assertThatThrownBy(() -> get(transfer.pull(1, 41))).hasMessageContaining("stopping");
    gate.release().countDown();
    assertThat(store.closedSnapshots.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void nothingIsPulledFromAnUnknownMember() throws Exception {
    TestPeer joiner = opened.peer(2);
    PeerSnapshotTransfer transfer =
        opened.keep(new PeerSnapshotTransfer(joiner.transport, new TestSnapshots.Arrivals()));
    assertThatThrownBy(() -> get(transfer.pull(9, 41))).hasMessageContaining("no longer known");
  }

  @Test
  void aJoinerReceivesASnapshotFromAnyMemberThatAnswers() throws Exception {
    TestSnapshots store = new TestSnapshots(random, 500, 10_000);
    TestPeer source = source(1, store);
    source.transport.update(List.of(source.member(), TestPeer.member(2, "http://127.0.0.1:1")));
    try (PeerClient client = new PeerClient(TestPeer.settings(0), TestPeer.NO_TLS, random)) {
      TestSnapshots.Arrivals arrivals = new TestSnapshots.Arrivals();
      SnapshotStaging staged =
          client.receiveSnapshot(
              new PeerIdentity(TestPeer.CLUSTER, 2),
              List.of(TestPeer.member(3, "http://127.0.0.1:1"), source.member()),
              7,
              arrivals,
              Duration.ofSeconds(5));
      assertThat(staged.header().index()).isEqualTo(8);
      assertArrived(arrivals, store);
    }
  }

  @Test
  void aJoinerOfAnotherClusterIsRefusedAtOnce() throws Exception {
    TestPeer source = source(1, new TestSnapshots(random, 5, 100));
    try (PeerClient client = new PeerClient(TestPeer.settings(0), TestPeer.NO_TLS, random)) {
      assertThatThrownBy(
              () ->
                  client.receiveSnapshot(
                      new PeerIdentity(0xbad, 2),
                      List.of(source.member()),
                      7,
                      new TestSnapshots.Arrivals(),
                      Duration.ofSeconds(5)))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("cluster ID mismatch");
    }
  }

  @Test
  void aJoinerGivesUpWhenNoMemberAnswers() throws Exception {
    try (PeerClient client = new PeerClient(TestPeer.settings(0), TestPeer.NO_TLS, random)) {
      assertThatThrownBy(
              () ->
                  client.receiveSnapshot(
                      new PeerIdentity(TestPeer.CLUSTER, 2),
                      List.of(TestPeer.member(3, "http://127.0.0.1:1")),
                      7,
                      new TestSnapshots.Arrivals(),
                      Duration.ofMillis(100)))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("Connection refused");
    }
  }

  private void assertArrived(TestSnapshots.Arrivals arrivals, TestSnapshots store) {
    assertThat(arrivals.isComplete).isTrue();
    assertThat(arrivals.durable.keySet()).as("seed %d", seed).isEqualTo(store.pages.keySet());
    for (Map.Entry<Revision, byte[]> page : store.pages.entrySet()) {
      assertThat(arrivals.durable.get(page.getKey()))
          .as("seed %d", seed)
          .isEqualTo(page.getValue());
    }
  }

  /** Takes the first pages, and then nothing until it is released. */
  private record StuckTarget(TestSnapshots.Arrivals arrivals, TestSnapshots.Gate hold)
      implements SnapshotTarget {
    @Override
    public void install(SnapshotStaging store) {}

    @Override
    public boolean clear() {
      return false;
    }

    @Override
    public SnapshotStaging open() throws IOException {
      SnapshotStaging staged = arrivals.open();
      return new SnapshotStaging() {
        @Override
        public Revision begin(StoreSnapshot.Header header) throws IOException {
          return staged.begin(header);
        }

        @Override
        public void add(List<RevisionHistory.Page> pages) throws IOException {
          hold.reached().countDown();
          try {
            hold.release().await();
          } catch (InterruptedException stopped) {
            throw new IOException(stopped);
          }
          staged.add(pages);
        }

        @Override
        public void complete() throws IOException {
          staged.complete();
        }

        @Override
        public StoreSnapshot.Header header() {
          return staged.header();
        }

        @Override
        public void close() throws IOException {
          staged.close();
        }
      };
    }
  }

  private static PeerServices services(SnapshotSource snapshots) {
    PeerServices none = TestPeer.noServices();
    return new PeerServices(
        none.description(), none.leases(), none.promotion(), none.hashes(), snapshots);
  }

  private TestPeer source(long id, TestSnapshots store) throws IOException {
    return source(id, store::open);
  }

  private TestPeer source(long id, SnapshotSource state) throws IOException {
    return source(id, 0, state);
  }

  private TestPeer source(long id, int port, SnapshotSource state) throws IOException {
    return opened.keep(
        new TestPeer(id, TestPeer.CLUSTER, TestPeer.settings(port), services(state)));
  }

  private static <T> T get(Future<T> future) throws Exception {
    return future.get(30, TimeUnit.SECONDS);
  }
}
