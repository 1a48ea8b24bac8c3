package io.kvorum.boot.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What {@code --feature-gates} switches on and off, as etcd reads it: {@code A=true,B=false}, where
 * {@code AllAlpha} and {@code AllBeta} stand for all gates of that stage that are not named.
 * Immutable.
 *
 * @param set what was said of a gate; all others have their defaults
 * @param stages what was said of all gates of a stage, by its name
 */
public record FeatureGates(Map<Gate, Boolean> set, Map<String, Boolean> stages) {
  private static final String ALL_ALPHA = "AllAlpha";
  private static final String ALL_BETA = "AllBeta";
  private static final String ALPHA = "ALPHA";
  private static final String BETA = "BETA";

  /** One of etcd's gates. */
  public enum Gate {
    INITIAL_CORRUPT_CHECK("InitialCorruptCheck", true, false),
    COMPACT_HASH_CHECK("CompactHashCheck", true, false),
    LEASE_CHECKPOINT("LeaseCheckpoint", false, false),
    PRIORITY_REQUEST("PriorityRequest", false, false),
    STOP_GRPC_SERVICE_ON_DEFRAG("StopGRPCServiceOnDefrag", false, false),
    SET_MEMBER_LOCAL_ADDR("SetMemberLocalAddr", false, false),
    TXN_MODE_WRITE_WITH_SHARED_BUFFER("TxnModeWriteWithSharedBuffer", false, true),
    FAST_LEASE_KEEP_ALIVE("FastLeaseKeepAlive", false, true);

    private final String label;
    private final boolean works;
    private final boolean isOnByDefault;

    Gate(String label, boolean works, boolean isOnByDefault) {
      this.label = label;
      this.works = works;
      this.isOnByDefault = isOnByDefault;
    }

    /** In etcd, those that are on by default are beta, and all others alpha. */
    private boolean isOfStage(String all) {
      return all.equals(isOnByDefault ? ALL_BETA : ALL_ALPHA);
    }

    private static @Nullable Gate find(String label) {
      for (Gate gate : values()) {
        if (gate.label.equals(label)) {
          return gate;
        }
      }
      return null;
    }
  }

  public FeatureGates {
    set = Map.copyOf(set);
    stages = Map.copyOf(stages);
  }

  /**
   * A gate as it is set, or what stands for all gates of a stage.
   *
   * @param stage as etcd's metrics name it: ALPHA or BETA
   */
  public record Listed(String name, String stage, boolean isOn) {}

  /** Nothing was said of any gate. */
  static FeatureGates defaults() {
    return new FeatureGates(Map.of(), Map.of());
  }

  /**
   * Reads the value of the flag.
   *
   * @throws IllegalArgumentException with the reason, if it is not one
   */
  static FeatureGates parse(String text) {
    Map<Gate, Boolean> named = new EnumMap<>(Gate.class);
    Map<Gate, Boolean> ofStage = new EnumMap<>(Gate.class);
    Map<String, Boolean> stages = new HashMap<>();
    for (String item : text.split(",")) {
      if (!item.isBlank()) {
        enter(item, named, ofStage, stages);
      }
    }
    ofStage.forEach(named::putIfAbsent);
    return new FeatureGates(named, stages);
  }

  private static void enter(
      String item,
      Map<Gate, Boolean> named,
      Map<Gate, Boolean> ofStage,
      Map<String, Boolean> stages) {
    String[] parts = item.split("=", 2);
    String name = parts[0].strip();
    if (parts.length < 2) {
      throw new IllegalArgumentException("missing bool value for " + name);
    }
    boolean isOn;
    try {
      isOn = Flag.Kind.parseBoolean(parts[1].strip());
    } catch (IllegalArgumentException notABoolean) {
      throw new IllegalArgumentException(name + " must be true or false", notABoolean);
    }
    Gate gate = Gate.find(name);
    if (gate != null) {
      named.put(gate, isOn);
    } else if (name.equals(ALL_ALPHA) || name.equals(ALL_BETA)) {
      stages.put(name, isOn);
      for (Gate each : Gate.values()) {
        if (each.isOfStage(name)) {
          ofStage.put(each, isOn);
        }
      }
    } else {
      throw new IllegalArgumentException("unrecognized feature gate: " + name);
    }
  }

  public boolean isOn(Gate gate) {
    return set.getOrDefault(gate, gate.isOnByDefault);
  }

  /** All gates, and the two that stand for stages, by their names. */
  public List<Listed> listed() {
    List<Listed> listed = new ArrayList<>();
    listed.add(new Listed(ALL_ALPHA, ALPHA, stages.getOrDefault(ALL_ALPHA, false)));
    listed.add(new Listed(ALL_BETA, BETA, stages.getOrDefault(ALL_BETA, false)));
    for (Gate gate : Gate.values()) {
      listed.add(new Listed(gate.label, gate.isOnByDefault ? BETA : ALPHA, isOn(gate)));
    }
    listed.sort(Comparator.comparing(Listed::name));
    return List.copyOf(listed);
  }

  /** The gates that were set to something else than their default, and make no difference here. */
  List<String> withoutEffect() {
    List<String> names = new ArrayList<>();
    for (Gate gate : Gate.values()) {
      if (!gate.works && isOn(gate) != gate.isOnByDefault) {
        names.add(gate.label);
      }
    }
    return names;
  }
}
