package io.kvorum.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.model.Alarm;
import io.kvorum.model.Downgrade;
import io.kvorum.proto.etcdserverpb.AlarmRequest;
import io.kvorum.proto.etcdserverpb.AlarmType;
import io.kvorum.proto.etcdserverpb.DowngradeInfo;
import io.kvorum.proto.etcdserverpb.StatusResponse;
import io.kvorum.service.Header;
import io.kvorum.service.MaintenanceService;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The answers about status and alarms. */
class MaintenanceWireTest {
  private static final Header HEADER = new Header(7, 8, 9, 10);

  @Test
  void statusKeepsEveryFigureInItsPlace() {
    StatusResponse response =
        MaintenanceWire.response(
            HEADER,
            new MaintenanceService.Status(
                "3.7.0",
                1,
                2,
                3,
                4,
                5,
                6,
                7,
                List.of(new Alarm(0, Alarm.Kind.CORRUPT), new Alarm(-1, Alarm.Kind.NOSPACE)),
                true,
                new Downgrade("3.6.0")));
    assertThat(response)
        .isEqualTo(
            StatusResponse.newBuilder()
                .setHeader(HeaderWire.header(HEADER))
                .setVersion("3.7.0")
                .setDbSize(1)
                .setDbSizeInUse(2)
                .setDbSizeQuota(3)
                .setLeader(4)
                .setRaftIndex(5)
                .setRaftTerm(6)
                .setRaftAppliedIndex(7)
                .addErrors("alarm:CORRUPT")
                .addErrors("memberID:18446744073709551615 alarm:NOSPACE")
                .setIsLearner(true)
                .setStorageVersion("3.6.0")
                .setDowngradeInfo(
                    DowngradeInfo.newBuilder().setEnabled(true).setTargetVersion("3.6.0"))
                .build());
  }

  @Test
  void aStatusNamesTheMissingLeaderInTheWordsOfTheErrorTable() {
    assertThat(
            MaintenanceWire.response(
                    HEADER,
                    new MaintenanceService.Status(
                        "3.7.0", 1, 2, 3, 0, 5, 6, 7, List.of(), false, Downgrade.NONE))
                .getErrorsList())
        .containsExactly("etcdserver: no leader");
  }

  @Test
  void alarmsOfNoKindAreNoneAndAGetOfNoKindAsksForAll() {
    Alarm noSpace = new Alarm(3, Alarm.Kind.NOSPACE);
    AlarmRequest request =
        AlarmRequest.newBuilder().setMemberID(3).setAlarm(AlarmType.NOSPACE).build();
    assertThat(MaintenanceWire.alarm(request)).isEqualTo(noSpace);
    assertThat(MaintenanceWire.alarm(AlarmRequest.getDefaultInstance())).isNull();
    assertThat(MaintenanceWire.alarm(AlarmRequest.newBuilder().setAlarmValue(9).build())).isNull();
    assertThat(MaintenanceWire.asksFor(AlarmRequest.getDefaultInstance(), noSpace)).isTrue();
    assertThat(MaintenanceWire.asksFor(request, noSpace)).isTrue();
    assertThat(
            MaintenanceWire.asksFor(
                AlarmRequest.newBuilder().setAlarm(AlarmType.CORRUPT).build(), noSpace))
        .isFalse();
    assertThat(MaintenanceWire.response(HEADER, List.of(noSpace)).getAlarms(0).getAlarm())
        .isEqualTo(AlarmType.NOSPACE);
  }
}
