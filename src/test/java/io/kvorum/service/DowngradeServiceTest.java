package io.kvorum.service;

import static io.kvorum.service.ServicesUnderTest.voter;
import static io.kvorum.testing.FailedRequest.codeOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.model.Downgrade;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class DowngradeServiceTest {
  private final ServicesUnderTest member =
      new ServicesUnderTest(ServicesUnderTest.DEFAULT_RULES, voter(ServicesUnderTest.SELF));
  private final MaintenanceService maintenance = member.services.maintenance();
  private final DowngradeService downgrades = maintenance.downgrades();

  @AfterEach
  void close() throws IOException {
    member.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"3.6", "3.6.0", "3.6.9", "3.6.0-rc1", "3.6.1+x"})
  void theMinorVersionBeforeIsTheOneToDowngradeTo(String version) {
    assertThat(downgrades.validate(version)).isCompletedWithValue("3.7");
    assertThat(member.proposed).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"abc", "3", "", "v3.6", "3.6.", "3.06", "3.6.0.1"})
  void whatIsNoVersionIsRefused(String version) {
    assertThatThrownBy(() -> downgrades.validate(version))
        .isInstanceOfSatisfying(
            RequestException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.WRONG_DOWNGRADE_VERSION_FORMAT));
  }

  @ParameterizedTest
  @ValueSource(strings = {"3.7", "3.5", "3.8", "4.6", "2.6"})
  void anyOtherVersionIsRefused(String version) {
    assertThat(codeOf(downgrades.validate(version))).isEqualTo(ErrorCode.INVALID_DOWNGRADE_TARGET);
    assertThat(codeOf(downgrades.enable(version))).isEqualTo(ErrorCode.INVALID_DOWNGRADE_TARGET);
  }

  @Test
  void aDowngradeLastsUntilItIsCancelled() {
    assertThat(maintenance.status().storageVersion()).isEqualTo("3.7.0");
    assertThat(downgrades.enable("3.6")).isCompletedWithValue("3.7");
    assertThat(maintenance.status().downgrade()).isEqualTo(new Downgrade("3.6.0"));
    assertThat(maintenance.status().storageVersion()).isEqualTo("3.6.0");
    assertThat(codeOf(downgrades.validate("3.6"))).isEqualTo(ErrorCode.INVALID_DOWNGRADE_TARGET);
    assertThat(codeOf(downgrades.enable("3.5"))).isEqualTo(ErrorCode.DOWNGRADE_IN_PROGRESS);
    assertThat(downgrades.cancel()).isCompletedWithValue("3.6");
    assertThat(maintenance.status().downgrade()).isEqualTo(Downgrade.NONE);
    assertThat(maintenance.status().storageVersion()).isEqualTo("3.7.0");
  }

  @Test
  void cancellingNothingSucceeds() {
    assertThat(downgrades.cancel()).isCompletedWithValue("3.7");
    assertThat(member.proposed).isEmpty();
  }

  @Test
  void nothingIsCheckedWithoutAQuorum() {
    member.confirmation = CompletableFuture.failedFuture(new RequestException(ErrorCode.NO_LEADER));
    assertThat(codeOf(downgrades.enable("3.6"))).isEqualTo(ErrorCode.NO_LEADER);
    assertThat(codeOf(downgrades.cancel())).isEqualTo(ErrorCode.NO_LEADER);
  }
}
