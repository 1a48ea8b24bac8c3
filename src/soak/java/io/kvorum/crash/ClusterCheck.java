package io.kvorum.crash;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.kvorum.proto.etcdserverpb.Member;
import io.kvorum.proto.etcdserverpb.RangeResponse;
import io.kvorum.proto.mvccpb.Event;
import io.kvorum.testing.Await;
import io.kvorum.testing.LocalCluster;
import io.kvorum.testing.LocalMember;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;

/**
 * Compares the answers that clients got with what the members of a cluster hold once it is whole
 * again, and the members with each other.
 *
 * <p>The history is read from each member as a watcher gets it that begins at the first revision:
 * from what the member itself has. Nothing may have been compacted.
 */
final class ClusterCheck {

  private static final Duration ALIKE_AT_MOST = Duration.ofSeconds(60);

  private final LocalCluster cluster;

  ClusterCheck(LocalCluster cluster) {
    this.cluster = cluster;
  }

  /** Checks everything; the last revision. */
  long check(Journal journal, Timeline timeline, List<WatchLog> watches)
      throws InterruptedException {
    cluster.awaitServing();
    long last = awaitTheSameRevision();
    List<Event> history = null;
    for (LocalMember member : cluster.members()) {
      try (Client client = new Client(member.client())) {
        new Inspection().inspect(client, journal);
        List<Event> here = client.events(2, last);
        if (history == null) {
          history = here;
        }
        assertThat(here).as("history at %s", member).isEqualTo(history);
      }
    }
    timeline.check(history);
    checkStates();
    for (WatchLog watch : watches) {
      Await.until(
          "a watch has seen revision " + last,
          ALIKE_AT_MOST,
          () -> watch.bug() != null || watch.lastRevision() >= last);
      assertThat(watch.bug()).isNull();
      assertThat(watch.events()).as("what a watch has seen").isEqualTo(history);
    }
    return last;
  }

  private long awaitTheSameRevision() {
    TreeSet<Long> revisions = new TreeSet<>();
    Await.until(
        "all members have the same revision" + cluster.lastOutput(),
        ALIKE_AT_MOST,
        () -> {
          revisions.clear();
          for (LocalMember member : cluster.members()) {
            try (Client client = new Client(member.client())) {
              revisions.add(client.everythingHere().getHeader().getRevision());
              revisions.add(client.everythingAt(0).getHeader().getRevision());
            }
          }
          return revisions.size() == 1;
        });
    return revisions.first();
  }

  private void checkStates() {
    List<ByteString> stores = new ArrayList<>();
    List<List<Long>> leases = new ArrayList<>();
    List<List<Member>> members = new ArrayList<>();
    for (LocalMember member : cluster.members()) {
      try (Client client = new Client(member.client())) {
        RangeResponse all = client.everythingHere();
        stores.add(all.toBuilder().clearHeader().build().toByteString());
        leases.add(client.leaseIds().stream().sorted().toList());
        members.add(client.members().stream().sorted(Comparator.comparing(Member::getID)).toList());
      }
    }
    assertThat(new TreeSet<>(stores.stream().map(ByteString::toStringUtf8).toList()))
        .as("keys at each member")
        .hasSize(1);
    assertThat(leases).as("leases at each member").allMatch(leases.get(0)::equals);
    assertThat(members)
        .as("members at each member")
        .allMatch(members.get(0)::equals)
        .allMatch(list -> list.size() == cluster.members().size());
  }
}
