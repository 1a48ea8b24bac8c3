package io.kvorum.service;

import static io.kvorum.service.ServicesUnderTest.voter;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.lease.LeaseTable;
import io.kvorum.model.Alarm;
import io.kvorum.model.Command;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SpaceQuotaTest {
  private static final long ROOM = 1_000;

  private final ServicesUnderTest member =
      new ServicesUnderTest(ServicesUnderTest.DEFAULT_RULES, voter(ServicesUnderTest.SELF));

  @AfterEach
  void close() throws IOException {
    member.close();
  }

  private SpaceQuota quota(long bytes) {
    return new SpaceQuota(
        member.store, new LeaseTable(), member.consensus, ServicesUnderTest.SELF, bytes);
  }

  private long bytesWithRoom() {
    return member.store.heldBytes() + ROOM;
  }

  @Test
  void whatFitsIsAdmittedInSilence() {
    quota(bytesWithRoom()).admit(ROOM - 1);
    assertThat(member.proposed).isEmpty();
  }

  @Test
  void whatDoesNotFitIsRejectedAndActivatesTheAlarm() {
    assertThatThrownBy(() -> quota(bytesWithRoom()).admit(ROOM))
        .isInstanceOfSatisfying(
            RequestException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NO_SPACE));
    Alarm alarm = new Alarm(ServicesUnderTest.SELF, Alarm.Kind.NOSPACE);
    assertThat(member.proposed).containsExactly(new Command.AlarmActivate(alarm));
    assertThat(member.services.maintenance().alarms()).containsExactly(alarm);
  }

  @Test
  void theAlarmIsActivatedAgainByTheNextRejection() {
    SpaceQuota quota = quota(1);
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> quota.admit(ROOM)).isInstanceOf(RequestException.class);
    }
    assertThat(member.proposed).hasSize(2);
  }

  @Test
  void whatCostsNothingIsAlwaysAdmitted() {
    quota(1).admit(0);
    assertThat(member.proposed).isEmpty();
  }

  @Test
  void withoutAQuotaEverythingIsAdmitted() {
    for (long none : new long[] {0, -1}) {
      SpaceQuota quota = quota(none);
      quota.admit(Long.MAX_VALUE);
      assertThat(quota.bytes()).isZero();
    }
    assertThat(member.proposed).isEmpty();
  }
}
