package io.kvorum.wire;

import com.google.protobuf.UnsafeByteOperations;
import io.kvorum.backup.SnapshotExport;
import io.kvorum.model.Alarm;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.mvcc.RevisionHash;
import io.kvorum.proto.etcdserverpb.AlarmMember;
import io.kvorum.proto.etcdserverpb.AlarmRequest;
import io.kvorum.proto.etcdserverpb.AlarmResponse;
import io.kvorum.proto.etcdserverpb.AlarmType;
import io.kvorum.proto.etcdserverpb.DowngradeInfo;
import io.kvorum.proto.etcdserverpb.DowngradeRequest;
import io.kvorum.proto.etcdserverpb.DowngradeResponse;
import io.kvorum.proto.etcdserverpb.HashKVResponse;
import io.kvorum.proto.etcdserverpb.HashResponse;
import io.kvorum.proto.etcdserverpb.SnapshotResponse;
import io.kvorum.proto.etcdserverpb.StatusResponse;
import io.kvorum.service.DowngradeService;
import io.kvorum.service.Header;
import io.kvorum.service.MaintenanceService;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Translates the messages of the Maintenance service, as far as it is served. Stateless. */
public final class MaintenanceWire {
  private MaintenanceWire() {}

  public static StatusResponse response(Header header, MaintenanceService.Status status) {
    return StatusResponse.newBuilder()
        .setHeader(HeaderWire.header(header))
        .setVersion(status.version())
        .setDbSize(status.dbSize())
        .setLeader(status.leaderId())
        .setRaftIndex(status.raftIndex())
        .setRaftTerm(status.raftTerm())
        .setRaftAppliedIndex(status.raftAppliedIndex())
        .addAllErrors(errors(status))
        .setDbSizeInUse(status.dbSizeInUse())
        .setIsLearner(status.isLearner())
        .setStorageVersion(status.storageVersion())
        .setDbSizeQuota(status.dbSizeQuota())
        .setDowngradeInfo(
            DowngradeInfo.newBuilder()
                .setEnabled(status.downgrade().isEnabled())
                .setTargetVersion(status.downgrade().target()))
        .build();
  }

  public static HashResponse response(Header header, int hash) {
    return HashResponse.newBuilder().setHeader(HeaderWire.header(header)).setHash(hash).build();
  }

  public static HashKVResponse response(Header header, RevisionHash hash) {
    return HashKVResponse.newBuilder()
        .setHeader(HeaderWire.header(header))
        .setHash(hash.crc())
        .setCompactRevision(hash.compactRevision())
        .setHashRevision(hash.revision())
        .build();
  }

  /** Without a header, as in etcd. */
  public static SnapshotResponse response(SnapshotExport.Blob blob) {
    return SnapshotResponse.newBuilder()
        .setBlob(UnsafeByteOperations.unsafeWrap(blob.bytes()))
        .setRemainingBytes(blob.remainingBytes())
        .setVersion(blob.version())
        .build();
  }

  /** Does what a request asks for, and gives the version of the cluster. */
  public static CompletableFuture<String> downgrade(
      DowngradeService downgrades, DowngradeRequest request) {
    return switch (request.getAction()) {
      case VALIDATE -> downgrades.validate(request.getVersion());
      case ENABLE -> downgrades.enable(request.getVersion());
      case CANCEL -> downgrades.cancel();
      case UNRECOGNIZED -> throw new RequestException(ErrorCode.UNKNOWN_METHOD);
    };
  }

  /**
   * @param version of the cluster, when it was asked for
   */
  public static DowngradeResponse response(Header header, String version) {
    return DowngradeResponse.newBuilder()
        .setHeader(HeaderWire.header(header))
        .setVersion(version)
        .build();
  }

  /** The problems that a status names, as etcd words them. */
  private static List<String> errors(MaintenanceService.Status status) {
    List<String> errors = new ArrayList<>();
    if (status.leaderId() == 0) {
      errors.add(ErrorTable.textOf(ErrorCode.NO_LEADER));
    }
    for (Alarm alarm : status.alarms()) {
      String member =
          alarm.memberId() == 0 ? "" : "memberID:" + Long.toUnsignedString(alarm.memberId()) + " ";
      errors.add(member + "alarm:" + alarm.kind());
    }
    return errors;
  }

  /** Does what a request asks for: a GET lists active alarms, the others give what they changed. */
  public static CompletableFuture<List<Alarm>> alarms(
      MaintenanceService maintenance, AlarmRequest request) {
    Alarm alarm = alarm(request);
    return switch (request.getAction()) {
      case GET ->
          maintenance
              .currentAlarms()
              .thenApply(all -> all.stream().filter(active -> asksFor(request, active)).toList());
      case ACTIVATE ->
          alarm == null
              ? nothing()
              : maintenance.activate(alarm).thenApply(active -> List.of(alarm));
      case DEACTIVATE ->
          alarm == null
              ? nothing()
              : maintenance
                  .currentAlarms()
                  .thenCompose(
                      active ->
                          active.contains(alarm)
                              ? maintenance.deactivate(alarm).thenApply(left -> List.of(alarm))
                              : nothing());
      case UNRECOGNIZED -> nothing();
    };
  }

  private static CompletableFuture<List<Alarm>> nothing() {
    return CompletableFuture.completedFuture(List.of());
  }

  /** The alarm a request names; null if it names none, or one that does not exist. */
  static @Nullable Alarm alarm(AlarmRequest request) {
    Alarm.Kind kind = kind(request.getAlarm());
    return kind == null ? null : new Alarm(request.getMemberID(), kind);
  }

  /** True if a GET with this alarm type asks for alarms of that kind; NONE asks for all. */
  static boolean asksFor(AlarmRequest request, Alarm alarm) {
    return request.getAlarm() == AlarmType.NONE || kind(request.getAlarm()) == alarm.kind();
  }

  /**
   * @param alarms those asked for by GET; the one that the other actions changed
   */
  public static AlarmResponse response(Header header, List<Alarm> alarms) {
    AlarmResponse.Builder response =
        AlarmResponse.newBuilder().setHeader(HeaderWire.header(header));
    for (Alarm alarm : alarms) {
      response.addAlarms(
          AlarmMember.newBuilder().setMemberID(alarm.memberId()).setAlarm(type(alarm.kind())));
    }
    return response.build();
  }

  private static Alarm.@Nullable Kind kind(AlarmType type) {
    return switch (type) {
      case NOSPACE -> Alarm.Kind.NOSPACE;
      case CORRUPT -> Alarm.Kind.CORRUPT;
      case NONE, UNRECOGNIZED -> null;
    };
  }

  private static AlarmType type(Alarm.Kind kind) {
    return switch (kind) {
      case NOSPACE -> AlarmType.NOSPACE;
      case CORRUPT -> AlarmType.CORRUPT;
    };
  }
}
