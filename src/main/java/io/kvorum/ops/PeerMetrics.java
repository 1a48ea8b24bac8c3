package io.kvorum.ops;

import io.kvorum.model.ClusterMember;
import io.kvorum.ops.Exposition.Type;
import io.kvorum.peer.PeerStats.OtherMember;
import io.kvorum.peer.PeerStats.Transfer;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * What goes between members, under etcd's names: bytes, failures, round trips, and whole states,
 * which etcd calls snapshots. How far a state is, etcd does not tell: these names are ours.
 * Families without any sample are left out, as etcd leaves them out. Stateless.
 */
final class PeerMetrics {
  private PeerMetrics() {}

  static void write(MemberReport report, Exposition out) {
    ways(report, out);
    traffic(report.peers().members(), out);
    Transfers.SENT.write(report.peers().transfers().to(), out);
    Transfers.RECEIVED.write(report.peers().transfers().from(), out);
  }

  private static String hex(long id) {
    return Long.toHexString(id);
  }

  private static void ways(MemberReport report, Exposition out) {
    String self = hex(report.memberId());
    if (!report.members().isEmpty()) {
      out.family(
          "etcd_network_known_peers",
          Type.GAUGE,
          "The members of the cluster, the local one included.");
      for (ClusterMember member : report.members()) {
        out.sample(1, "Local", self, "Remote", hex(member.id()));
      }
    }
    List<OtherMember> others = report.peers().members();
    if (others.isEmpty()) {
      return;
    }
    out.family("etcd_network_active_peers", Type.GAUGE, "Whether the way to the member is open.");
    for (OtherMember other : others) {
      out.sample(other.isActive() ? 1 : 0, "Local", self, "Remote", hex(other.memberId()));
    }
    out.family(
        "etcd_network_disconnected_peers_total",
        Type.COUNTER,
        "How often the way to the member broke.");
    for (OtherMember other : others) {
      out.sample(other.disconnects(), "Local", self, "Remote", hex(other.memberId()));
    }
  }

  private static void traffic(List<OtherMember> others, Exposition out) {
    if (others.isEmpty()) {
      return;
    }
    perMember(
        others,
        out.family(
            "etcd_network_peer_sent_bytes_total", Type.COUNTER, "What was sent to the member."),
        "To",
        OtherMember::sentBytes);
    perMember(
        others,
        out.family(
            "etcd_network_peer_received_bytes_total",
            Type.COUNTER,
            "What was received from the member."),
        "From",
        OtherMember::receivedBytes);
    perMember(
        others,
        out.family(
            "etcd_network_peer_sent_failures_total",
            Type.COUNTER,
            "How many messages were dropped: no way to the member, or too many waiting."),
        "To",
        OtherMember::sendFailures);
    perMember(
        others,
        out.family(
            "etcd_network_peer_received_failures_total",
            Type.COUNTER,
            "How many messages of the member made no sense."),
        "From",
        OtherMember::receiveFailures);
    out.family(
        "etcd_network_peer_round_trip_time_seconds",
        Type.HISTOGRAM,
        "How long pings to the member took.");
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

  /** The two ways in which whole states go. */
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
      if (transfers.isEmpty()) {
        return;
      }
      String etcd = "etcd_network_snapshot_" + verb;
      out.family(etcd + "_success", Type.COUNTER, "Whole states " + words + " the member.");
      each(transfers, out, Transfer::done);
      out.family(etcd + "_failures", Type.COUNTER, "Attempts that came to nothing.");
      each(transfers, out, Transfer::failed);
      out.family(etcd + "_inflights_total", Type.GAUGE, "Whole states under way.");
      each(transfers, out, Transfer::underWay);
      out.family(etcd + "_total_duration_seconds", Type.HISTOGRAM, "How long whole states took.");
      for (Transfer transfer : transfers) {
        out.buckets(transfer.durations(), label, hex(transfer.memberId()));
      }
      String ours = "kvorum_state_" + verb;
      out.family(
          ours + "_bytes",
          Type.GAUGE,
          "What was " + words + " the member of the state under way, or of the last one.");
      each(transfers, out, Transfer::bytes);
      out.family(ours + "_expected_bytes", Type.GAUGE, "About how large that state is.");
      each(transfers, out, Transfer::expectedBytes);
    }

    private void each(List<Transfer> transfers, Exposition out, ToLongFunction<Transfer> figure) {
      for (Transfer transfer : transfers) {
        out.sample(figure.applyAsLong(transfer), label, hex(transfer.memberId()));
      }
    }
  }
}
