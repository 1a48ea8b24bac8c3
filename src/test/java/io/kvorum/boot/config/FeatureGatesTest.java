package io.kvorum.boot.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.boot.config.FeatureGates.Gate;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class FeatureGatesTest {
  @Test
  void theDefaultsAreEtcds() {
    FeatureGates gates = FeatureGates.parse("");
    assertThat(gates.isOn(Gate.INITIAL_CORRUPT_CHECK)).isFalse();
    assertThat(gates.isOn(Gate.COMPACT_HASH_CHECK)).isFalse();
    assertThat(gates.isOn(Gate.FAST_LEASE_KEEP_ALIVE)).isTrue();
    assertThat(gates.withoutEffect()).isEmpty();
  }

  @Test
  void gatesAreSwitchedByName() {
    FeatureGates gates =
        FeatureGates.parse(" CompactHashCheck = true ,,InitialCorruptCheck=1,LeaseCheckpoint=T");
    assertThat(gates.isOn(Gate.INITIAL_CORRUPT_CHECK)).isTrue();
    assertThat(gates.isOn(Gate.COMPACT_HASH_CHECK)).isTrue();
    assertThat(gates.withoutEffect()).containsExactly(Gate.LEASE_CHECKPOINT);
  }

  @Test
  void aStageSwitchesTheGatesThatAreNotNamed() {
    FeatureGates gates = FeatureGates.parse("CompactHashCheck=false,AllAlpha=true,AllBeta=false");
    assertThat(gates.isOn(Gate.INITIAL_CORRUPT_CHECK)).isTrue();
    assertThat(gates.isOn(Gate.COMPACT_HASH_CHECK)).isFalse();
    assertThat(gates.isOn(Gate.FAST_LEASE_KEEP_ALIVE)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "'CompactHashCheck', 'missing bool value for CompactHashCheck'",
    "'CompactHashCheck=maybe', 'CompactHashCheck must be true or false'",
    "'InitialCorruptCheck=true,Compact=true', 'unrecognized feature gate: Compact'",
  })
  void whatIsNoGateIsRefused(String text, String reason) {
    assertThatThrownBy(() -> FeatureGates.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(reason);
    assertThatThrownBy(() -> FlagValues.resolve(Map.of("feature-gates", text), Map.of()))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage("invalid value \"" + text + "\" for flag --feature-gates: " + reason);
  }

  @Test
  void aGateWithoutEffectIsAWarning() {
    assertThat(
            FlagValues.resolve(
                    Map.of("feature-gates", "InitialCorruptCheck=true,PriorityRequest=true"),
                    Map.of())
                .warnings())
        .containsExactly(
            "the feature gate PriorityRequest has no effect: all commands wait in one queue; an"
                + " expired lease is revoked again until that succeeds.");
  }

  @Test
  void everyGateOfEtcdIsListedWithItsStageForTheMetric() {
    assertThat(FeatureGates.parse("AllAlpha=true").listed())
        .containsExactly(
            new FeatureGates.Listed("AllAlpha", "ALPHA", true),
            new FeatureGates.Listed("AllBeta", "BETA", false),
            new FeatureGates.Listed("CompactHashCheck", "ALPHA", true),
            new FeatureGates.Listed("FastLeaseKeepAlive", "BETA", true),
            new FeatureGates.Listed("InitialCorruptCheck", "ALPHA", true),
            new FeatureGates.Listed("LeaseCheckpoint", "ALPHA", true),
            new FeatureGates.Listed("LeaseCheckpointPersist", "ALPHA", true),
            new FeatureGates.Listed("PriorityRequest", "ALPHA", true),
            new FeatureGates.Listed("SetMemberLocalAddr", "ALPHA", true),
            new FeatureGates.Listed("StopGRPCServiceOnDefrag", "ALPHA", true),
            new FeatureGates.Listed("TxnModeWriteWithSharedBuffer", "BETA", true));
  }

  @ParameterizedTest
  @ValueSource(strings = {"LeaseCheckpointPersist=true", "AllAlpha=true,LeaseCheckpoint=false"})
  void checkpointsThatAreKeptNeedCheckpoints(String value) {
    assertThatThrownBy(() -> MemberConfig.fromFlags(Map.of("feature-gates", value)::get))
        .isInstanceOfSatisfying(
            ConfigurationException.class, refused -> assertThat(refused.exitStatus()).isEqualTo(1))
        .hasMessage(
            "invalid value \"%s\" for flag --feature-gates: enabling feature gate"
                + " LeaseCheckpointPersist requires enabling feature gate LeaseCheckpoint",
            value);
  }

  @Test
  void checkpointsMayBeKeptOrNotIfThereAreAny() {
    for (String value : List.of("LeaseCheckpoint=true,LeaseCheckpointPersist=true", "AllAlpha=1")) {
      FeatureGates gates =
          MemberConfig.fromFlags(Map.of("feature-gates", value)::get).observing().gates();
      assertThat(gates.isOn(Gate.LEASE_CHECKPOINT_PERSIST)).as(value).isTrue();
    }
    assertThat(
            MemberConfig.fromFlags(Map.of("feature-gates", "LeaseCheckpoint=true")::get)
                .observing()
                .gates()
                .isOn(Gate.LEASE_CHECKPOINT_PERSIST))
        .isFalse();
  }
}
