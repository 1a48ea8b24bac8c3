package io.kvorum.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.kvorum.proto.etcdserverpb.LeaseTimeToLiveResponse;
import io.kvorum.proto.mvccpb.Event;
import io.kvorum.proto.mvccpb.KeyValue;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Compares a restarted server with the answers that its clients got before it ended: every
 * acknowledged write is at its revision with its whole effect, every other revision comes from a
 * write that was under way, no revision is missing, and none was made twice. Keeps the history over
 * many restarts. Not thread-safe.
 */
final class Inspection {

  private static final int SNAPSHOTS_PER_LIFE = 5;

  private final ExpectedStore store = new ExpectedStore();
  private final TreeMap<Long, List<KeyValue>> snapshots = new TreeMap<>();
  private final Set<Long> leases = new HashSet<>();
  private long compacted;
  private int acknowledgedWrites;
  private int survivingUnanswered;

  long revision() {
    return store.revision();
  }

  int acknowledgedWrites() {
    return acknowledgedWrites;
  }

  int survivingUnanswered() {
    return survivingUnanswered;
  }

  void inspect(Client client, Journal journal) throws InterruptedException {
    long now = client.everythingAt(0).getHeader().getRevision();
    checkHistory(client, journal, now);
    checkState(client, now);
    checkCompaction(client, journal);
    checkSnapshots(client);
    checkLeases(client, journal);
    acknowledgedWrites += journal.acknowledged().size();
  }

  private void checkHistory(Client client, Journal journal, long now) throws InterruptedException {
    Map<Long, Write> byRevision = new HashMap<>();
    List<Journal.Acknowledged> revokes = new ArrayList<>();
    long lastAcknowledged = 0;
    for (Journal.Acknowledged entry : journal.acknowledged()) {
      lastAcknowledged = Math.max(lastAcknowledged, entry.revision());
      if (entry.write() instanceof Write.Revoke) {
        revokes.add(entry);
      } else if (entry.revision() > 0) {
        assertThat(byRevision.put(entry.revision(), entry.write()))
            .as("two writes were acknowledged at revision %s", entry.revision())
            .isNull();
      }
    }
    assertThat(now)
        .as("current revision")
        .isGreaterThanOrEqualTo(lastAcknowledged)
        .isGreaterThanOrEqualTo(store.revision());
    List<Write> unanswered = new ArrayList<>(journal.unanswered());
    long first = store.revision() + 1;
    Map<Long, List<Event>> events = new TreeMap<>();
    for (Event event : now < first ? List.<Event>of() : client.events(first, now)) {
      events.computeIfAbsent(event.getKv().getModRevision(), r -> new ArrayList<>()).add(event);
    }
    long snapshotEvery = Math.max(1, (now - first + 1) / SNAPSHOTS_PER_LIFE);
    for (long revision = first; revision <= now; revision++) {
      List<Event> here = events.getOrDefault(revision, List.of());
      assertThat(here).as("revision %s is missing in the history", revision).isNotEmpty();
      Write write = byRevision.get(revision);
      if (write != null) {
        assertThat(here)
            .as("revision %s, acknowledged to %s", revision, write)
            .isEqualTo(store.eventsOf(write.effects(store)));
      } else {
        explain(revision, here, revokes, unanswered);
      }
      store.apply(here);
      if (revision % snapshotEvery == 0) {
        snapshots.put(revision, store.all());
      }
    }
  }

  /** Finds the revoke or the unanswered write that made this revision, and takes it off. */
  private void explain(
      long revision,
      List<Event> events,
      List<Journal.Acknowledged> revokes,
      List<Write> unanswered) {
    for (Journal.Acknowledged revoke : revokes) {
      if (revoke.revision() == revision && makes(revoke.write(), events)) {
        return;
      }
    }
    for (Iterator<Write> rest = unanswered.iterator(); rest.hasNext(); ) {
      if (makes(rest.next(), events)) {
        rest.remove();
        survivingUnanswered++;
        return;
      }
    }
    throw new AssertionError(
        "revision "
            + revision
            + " was made by no known write: "
            + events
            + ", unanswered "
            + unanswered);
  }

  private boolean makes(Write write, List<Event> events) {
    return store.eventsOf(write.effects(store)).equals(events);
  }

  private void checkState(Client client, long now) {
    assertThat(client.everythingAt(0).getKvsList())
        .as("keys at revision %s", now)
        .isEqualTo(store.all());
  }

  private void checkCompaction(Client client, Journal journal) throws InterruptedException {
    Set<Long> possible = new HashSet<>();
    for (Journal.Acknowledged entry : journal.acknowledged()) {
      if (entry.write() instanceof Write.Compact compact) {
        compacted = Math.max(compacted, compact.revision());
      }
    }
    possible.add(compacted);
    for (Write write : journal.unanswered()) {
      if (write instanceof Write.Compact compact && compact.revision() > compacted) {
        possible.add(compact.revision());
      }
    }
    if (store.revision() == 1) {
      return;
    }
    long actual = client.compactedRevision();
    assertThat(possible).as("revision that the server is compacted to").contains(actual);
    compacted = actual;
    if (compacted > 1) {
      assertThatThrownBy(() -> client.everythingAt(compacted - 1))
          .isInstanceOfSatisfying(
              StatusRuntimeException.class,
              e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.OUT_OF_RANGE));
    }
    snapshots.headMap(compacted).clear();
  }

  private void checkSnapshots(Client client) {
    snapshots.forEach(
        (revision, expected) ->
            assertThat(client.everythingAt(revision).getKvsList())
                .as("keys as they were at revision %s", revision)
                .isEqualTo(expected));
  }

  private void checkLeases(Client client, Journal journal) {
    Set<Long> possible = new HashSet<>();
    for (Journal.Acknowledged entry : journal.acknowledged()) {
      if (entry.write() instanceof Write.Grant grant) {
        leases.add(grant.lease());
      }
    }
    for (Journal.Acknowledged entry : journal.acknowledged()) {
      if (entry.write() instanceof Write.Revoke revoke) {
        leases.remove(revoke.lease());
        assertThat(store.keysOf(revoke.lease())).as("keys of revoked lease").isEmpty();
      }
    }
    for (Write write : journal.unanswered()) {
      if (write instanceof Write.Grant grant) {
        possible.add(grant.lease());
      } else if (write instanceof Write.Revoke revoke && leases.remove(revoke.lease())) {
        possible.add(revoke.lease());
      }
    }
    List<Long> actual = client.leaseIds();
    assertThat(actual).as("leases").doesNotHaveDuplicates().containsAll(leases);
    possible.addAll(leases);
    assertThat(possible).as("leases that may exist").containsAll(actual);
    leases.clear();
    leases.addAll(actual);
    for (long lease : actual) {
      LeaseTimeToLiveResponse answer = client.timeToLive(lease);
      assertThat(answer.getGrantedTTL()).as("granted time of lease %x", lease).isPositive();
      assertThat(answer.getTTL()).as("time left of lease %x", lease).isPositive();
      assertThat(answer.getKeysList().stream().map(ByteString::toStringUtf8))
          .as("keys of lease %x", lease)
          .containsExactlyInAnyOrderElementsOf(store.keysOf(lease));
    }
  }
}
