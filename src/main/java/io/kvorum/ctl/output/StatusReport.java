package io.kvorum.ctl.output;

import io.kvorum.proto.etcdserverpb.DowngradeInfo;
import io.kvorum.proto.etcdserverpb.StatusResponse;
import java.util.ArrayList;
import java.util.List;

/**
 * Reports the status of endpoints.
 *
 * @param endpoints those that have answered
 * @param hex whether ids are hexadecimal in the form {@code fields}
 */
public record StatusReport(List<Endpoint> endpoints, boolean hex) implements TableReport {
  private static final List<String> HEADING =
      List.of(
          "endpoint",
          "ID",
          "version",
          "storage version",
          "db size",
          "in use",
          "percentage not in use",
          "quota",
          "is leader",
          "is learner",
          "raft term",
          "raft index",
          "raft applied index",
          "errors",
          "downgrade target version",
          "downgrade enabled");

  /** One endpoint and its answer. */
  public record Endpoint(String name, StatusResponse status) {}

  @Override
  public TextTable asTable() {
    return new TextTable(HEADING, endpoints.stream().map(StatusReport::row).toList());
  }

  private static List<String> row(Endpoint endpoint) {
    StatusResponse status = endpoint.status();
    long member = status.getHeader().getMemberId();
    return List.of(
        endpoint.name(),
        GoText.hex(member),
        status.getVersion(),
        status.getStorageVersion(),
        GoText.bytes(status.getDbSize()),
        GoText.bytes(status.getDbSizeInUse()),
        percentageNotInUse(status) + "%",
        GoText.bytes(status.getDbSizeQuota()),
        Boolean.toString(status.getLeader() == member),
        Boolean.toString(status.getIsLearner()),
        Long.toUnsignedString(status.getRaftTerm()),
        Long.toUnsignedString(status.getRaftIndex()),
        Long.toUnsignedString(status.getRaftAppliedIndex()),
        String.join(", ", status.getErrorsList()),
        status.getDowngradeInfo().getTargetVersion(),
        Boolean.toString(status.getDowngradeInfo().getEnabled()));
  }

  private static long percentageNotInUse(StatusResponse status) {
    return status.getDbSize() == 0 ? 0 : 100 - status.getDbSizeInUse() * 100 / status.getDbSize();
  }

  @Override
  public String json() {
    return GoJson.slice(
        endpoints.stream()
            .map(
                endpoint ->
                    new GoJson()
                        .raw("Endpoint", GoJson.quoted(endpoint.name()))
                        .raw("Status", json(endpoint.status()))
                        .done())
            .toList());
  }

  private static String json(StatusResponse status) {
    GoJson json = new GoJson();
    if (status.hasHeader()) {
      json.raw("header", Headers.json(status.getHeader()));
    }
    json.text("version", status.getVersion())
        .signed("dbSize", status.getDbSize())
        .unsigned("leader", status.getLeader())
        .unsigned("raftIndex", status.getRaftIndex())
        .unsigned("raftTerm", status.getRaftTerm())
        .unsigned("raftAppliedIndex", status.getRaftAppliedIndex())
        .texts("errors", status.getErrorsList())
        .signed("dbSizeInUse", status.getDbSizeInUse())
        .flag("isLearner", status.getIsLearner())
        .text("storageVersion", status.getStorageVersion())
        .signed("dbSizeQuota", status.getDbSizeQuota());
    if (status.hasDowngradeInfo()) {
      DowngradeInfo downgrade = status.getDowngradeInfo();
      json.raw(
          "downgradeInfo",
          new GoJson()
              .flag("enabled", downgrade.getEnabled())
              .text("targetVersion", downgrade.getTargetVersion())
              .done());
    }
    return json.done();
  }

  @Override
  public List<String> fields() {
    List<String> lines = new ArrayList<>();
    for (Endpoint endpoint : endpoints) {
      StatusResponse status = endpoint.status();
      DowngradeInfo downgrade = status.getDowngradeInfo();
      lines.addAll(Headers.fields(status.getHeader(), hex));
      lines.add(Headers.field("Version", GoText.quoted(status.getVersion())));
      lines.add(Headers.field("StorageVersion", GoText.quoted(status.getStorageVersion())));
      lines.add(Headers.field("DBSize", status.getDbSize()));
      lines.add(Headers.field("DBSizeInUse", status.getDbSizeInUse()));
      lines.add(Headers.field("DBSizeQuota", status.getDbSizeQuota()));
      lines.add(Headers.field("Leader", Long.toUnsignedString(status.getLeader())));
      lines.add(Headers.field("IsLearner", status.getIsLearner()));
      lines.add(Headers.field("RaftIndex", Long.toUnsignedString(status.getRaftIndex())));
      lines.add(Headers.field("RaftTerm", Long.toUnsignedString(status.getRaftTerm())));
      lines.add(
          Headers.field("RaftAppliedIndex", Long.toUnsignedString(status.getRaftAppliedIndex())));
      lines.add(Headers.field("Errors", "[" + String.join(" ", status.getErrorsList()) + "]"));
      lines.add(Headers.field("Endpoint", GoText.quoted(endpoint.name())));
      lines.add(
          Headers.field("DowngradeTargetVersion", GoText.quoted(downgrade.getTargetVersion())));
      lines.add(Headers.field("DowngradeEnabled", downgrade.getEnabled()));
      lines.add("");
    }
    return lines;
  }
}
