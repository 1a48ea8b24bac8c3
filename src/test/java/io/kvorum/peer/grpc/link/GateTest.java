package io.kvorum.peer.grpc.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.entry;

import io.grpc.Metadata;
import io.grpc.Status;
import io.kvorum.peer.PeerIdentity;
import io.kvorum.peer.grpc.TestPeer;
import io.kvorum.peer.grpc.link.Refusal.RefusedException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GateTest {
  private final Map<Long, List<String>> callers = new HashMap<>();
  private final Gate gate =
      new Gate(
          new PeerIdentity(0xc1, 1),
          TestPeer::nameOf,
          id -> id == 2,
          id -> id == 3,
          new Gate.Callers() {
            @Override
            public boolean receive(long sender, List<String> peerUrls) {
              if (!peerUrls.isEmpty()) {
                callers.put(sender, peerUrls);
              }
              return !peerUrls.isEmpty();
            }

            @Override
            public boolean has(long sender) {
              return callers.containsKey(sender);
            }
          });

  @Test
  void aMemberIsAdmitted() throws Exception {
    assertThat(gate.admit(headers("1", "c1", "2", "1"))).isEqualTo(2);
  }

  @Test
  void everyOtherCallerIsRefusedWithAReason() {
    assertRefused(new Metadata(), Refusal.PROTOCOL, "the caller has version none");
    assertRefused(headers("2", "c1", "2", "1"), Refusal.PROTOCOL, "the caller has version 2");
    assertRefused(headers("1", "c1", "zwei", "1"), Refusal.PROTOCOL, "does not identify itself");
    assertRefused(headers("1", "c2", "2", "1"), Refusal.CLUSTER, "to cluster c2");
    assertRefused(headers("1", "c1", "2", "ffffffffffffffff"), Refusal.TARGET, "ffffffffffffffff");
    assertRefused(
        headers("1", "c1", "3", "1"), Refusal.REMOVED, "removed from the cluster: m3 (3)");
    assertRefused(headers("1", "c1", "4", "1"), Refusal.UNKNOWN, "member m4 (4) is not known");
  }

  @Test
  void messagesOfAnUnlistedCallerAreAcceptedIfItCanBeAnswered() throws Exception {
    Metadata headers = headers("1", "c1", "4", "1");
    assertThatThrownBy(() -> gate.admitStream(headers)).hasMessageContaining("states no peer URLs");
    put(headers, "kvorum-peer-urls", "http://a:1,ftp://b:2,nonsense,http://c:3");
    assertThat(gate.admitStream(headers)).isEqualTo(4);
    assertThat(callers).containsOnly(entry(4L, List.of("http://a:1", "http://c:3")));
    gate.checkStream(4);
    assertRefused(headers, Refusal.UNKNOWN, "member m4 (4) is not known");
  }

  @Test
  void aMemberStatesItsPeerUrls() throws Exception {
    assertThat(gate.admitStream(reachable("c1", "2"))).isEqualTo(2);
    assertThat(callers).containsOnly(entry(2L, List.of("http://a:1")));
  }

  @Test
  void noOtherCallerIsAdmittedUnlisted() throws Exception {
    assertNotAdmitted("c2", "4", Refusal.CLUSTER);
    assertNotAdmitted("c1", "3", Refusal.REMOVED);
    assertNotAdmitted("c1", "1", Refusal.UNKNOWN);
    assertNotAdmitted("c1", "0", Refusal.UNKNOWN);
    assertThat(callers).isEmpty();
  }

  private void assertNotAdmitted(String cluster, String sender, Refusal refusal) {
    assertThat(
            catchThrowableOfType(
                RefusedException.class, () -> gate.admitStream(reachable(cluster, sender))))
        .extracting(RefusedException::refusal)
        .isEqualTo(refusal);
  }

  private static Metadata reachable(String cluster, String sender) {
    Metadata headers = headers("1", cluster, sender, "1");
    put(headers, "kvorum-peer-urls", "http://a:1");
    return headers;
  }

  @Test
  void theReasonTravelsInTheTrailers() {
    for (Refusal refusal : Refusal.values()) {
      assertThat(Refusal.in(refusal.trailers())).isEqualTo(refusal);
    }
    assertThat(Refusal.in(new Metadata())).isNull();
    assertThat(Refusal.REMOVED.status("x").getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
    assertThat(Refusal.CLUSTER.status("x").getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
  }

  private void assertRefused(Metadata headers, Refusal refusal, String reason) {
    RefusedException thrown =
        catchThrowableOfType(RefusedException.class, () -> gate.admit(headers));
    assertThat(thrown).hasMessageContaining(reason);
    assertThat(thrown.refusal()).isEqualTo(refusal);
  }

  private static Metadata headers(String protocol, String cluster, String sender, String target) {
    Metadata headers = new Metadata();
    put(headers, "kvorum-protocol", protocol);
    put(headers, "kvorum-cluster-id", cluster);
    put(headers, "kvorum-sender-id", sender);
    put(headers, "kvorum-target-id", target);
    return headers;
  }

  private static void put(Metadata headers, String name, String value) {
    headers.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), value);
  }
}
