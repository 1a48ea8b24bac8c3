package io.kvorum.boot.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.boot.config.FeatureGates.Gate;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
    assertThat(gates.withoutEffect()).containsExactly("LeaseCheckpoint");
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
        .containsExactly("the feature gate PriorityRequest has no effect");
  }
}
