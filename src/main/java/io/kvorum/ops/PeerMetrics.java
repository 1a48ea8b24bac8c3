package io.kvorum.ops;

import io.kvorum.model.ClusterMember;
import io.kvorum.ops.Exposition.Type;
import io.kvorum.peer.PeerStats.OtherMember;
import io.kvorum.peer.PeerStats.Transfer;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * Writes the metrics of the traffic between members under etcd's names: bytes, failures, round
 * trips, snapshots. etcd does not report the progress of a snapshot: those names are ours.
 * Stateless.
 *
 * <p>Held by: EtcdMetricsTest.
 */
final class PeerMetrics {
  private PeerMetrics() {}

  static void write(MemberReport report, Exposition out) {
    links(report, out);
    traffic(report.peers().members(), out);
    Transfers.SENT.write(report.peers().transfers().to(), out);
    Transfers.RECEIVED.write(report.peers().transfers().from(), out);
  }

  private static String hex(long id) {
    return Long.toHexString(id);
  }

  private static void links(MemberReport report, Exposition out) {
    String self = hex(report.memberId());
    out.family(
        "etcd_network_known_peers", Type.GAUGE, "Members of the cluster, including the local one.");
    for (ClusterMember member : report.members()) {
      out.sample(1, "Local", self, "Remote", hex(member.id()));
    }
    List<OtherMember> others = report.peers().members();
    out.family(
        "etcd_network_active_peers", Type.GAUGE, "1 if the connection to the member is open.");
    for (OtherMember other : others) {
      out.sample(other.isActive() ? 1 : 0, "Local", self, "Remote", hex(other.memberId()));
    }
    out.family(
        "etcd_network_disconnected_peers_total", Type.COUNTER, "Disconnections from the member.");
    for (OtherMember other : others) {
      out.sample(other.disconnects(), "Local", self, "Remote", hex(other.memberId()));
    }
  }

  private static void traffic(List<OtherMember> others, Exposition out) {
    perMember(
        others,
        out.family("etcd_network_peer_sent_bytes_total", Type.COUNTER, "Bytes sent to the member."),
        "To",
        OtherMember::sentBytes);
    perMember(
        others,
        out.family(
            "etcd_network_peer_received_bytes_total",
            Type.COUNTER,
            "Bytes received from the member."),
        "From",
        OtherMember::receivedBytes);
    perMember(
        others,
        out.family(
            "etcd_network_peer_sent_failures_total",
            Type.COUNTER,
            "Messages dropped because there was no connection to the member or its queue was"
                + " full."),
        "To",
        OtherMember::sendFailures);
    perMember(
        others,
        out.family(
            "etcd_network_peer_received_failures_total",
            Type.COUNTER,
            "Malformed messages received from the member."),
        "From",
        OtherMember::receiveFailures);
    out.family(
        "etcd_network_peer_round_trip_time_seconds",
        Type.HISTOGRAM,
        "Round-trip time of pings to the member.");
    for (OtherMember other : others) {
      out.buckets(other.roundTrips(), "To", hex(other.memberId()));
    }
  }

  private static void perMember(
      List<OtherMember> others, Exposition out, String label, ToLongFunction<OtherMember> figure) {
    for (OtherMember other : others) {
      out.sample(figure.applyAsLong(other), label, hex(other.memberId()));
    }
  }

  /** The two directions of snapshots. */
  private enum Transfers {
    SENT("send", "To", "sent to"),
    RECEIVED("receive", "From", "received from");

    private final String verb;
    private final String label;
    private final String words;

    Transfers(String verb, String label, String words) {
      this.verb = verb;
      this.label = label;
      this.words = words;
    }

    void write(List<Transfer> transfers, Exposition out) {
      String etcd = "etcd_network_snapshot_" + verb;
      out.family(etcd + "_success", Type.COUNTER, "Snapshots " + words + " the member.");
      each(transfers, out, Transfer::done);
      out.family(etcd + "_failures", Type.COUNTER, "Failed snapshot transfers.");
      each(transfers, out, Transfer::failed);
      out.family(etcd + "_inflights_total", Type.GAUGE, "Snapshot transfers in progress.");
      each(transfers, out, Transfer::underWay);
      out.family(
          etcd + "_total_duration_seconds", Type.HISTOGRAM, "Duration of a snapshot transfer.");
      for (Transfer transfer : transfers) {
        out.buckets(transfer.durations(), label, hex(transfer.memberId()));
      }
      String ours = "kvorum_state_" + verb;
      out.family(
          ours + "_bytes",
          Type.GAUGE,
          "Bytes " + words + " the member of the current snapshot, or of the last one.");
      each(transfers, out, Transfer::bytes);
      out.family(
          ours + "_expected_bytes", Type.GAUGE, "Approximate size of that snapshot in bytes.");
      each(transfers, out, Transfer::expectedBytes);
    }

    private void each(List<Transfer> transfers, Exposition out, ToLongFunction<Transfer> figure) {
      for (Transfer transfer : transfers) {
        out.sample(figure.applyAsLong(transfer), label, hex(transfer.memberId()));
      }
    }
  }
}
