package io.kvorum.boot.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What {@code --feature-gates} switches on and off, as etcd reads it: {@code A=true,B=false}, where
 * {@code AllAlpha} and {@code AllBeta} stand for all gates of that stage that are not named.
 * Immutable.
 *
 * <p>Held by: FeatureGatesTest.
 *
 * @param set what was said of a gate; all others have their defaults
 * @param stages what was said of all gates of a stage, by its name
 */
public record FeatureGates(Map<Gate, Boolean> set, Map<String, Boolean> stages) {
  private static final String FLAG = "feature-gates";
  private static final String ALL_ALPHA = "AllAlpha";
  private static final String ALL_BETA = "AllBeta";
  private static final String ALPHA = "ALPHA";
  private static final String BETA = "BETA";

  /** One of etcd's gates. In etcd, those that are on by default are beta, and all others alpha. */
  public enum Gate {
    COMPACT_HASH_CHECK(
        "CompactHashCheck",
        ALPHA,
        true,
        "the leader compares what the members found at their last ten compactions."),
    FAST_LEASE_KEEP_ALIVE(
        "FastLeaseKeepAlive",
        BETA,
        false,
        "a leader never waits until its log is applied before it renews a lease."),
    INITIAL_CORRUPT_CHECK(
        "InitialCorruptCheck",
        ALPHA,
        true,
        "a member compares its store with those of the others before it takes part."),
    LEASE_CHECKPOINT(
        "LeaseCheckpoint",
        ALPHA,
        false,
        "what is left of long leases is always replicated, every five minutes."),
    LEASE_CHECKPOINT_PERSIST(
        "LeaseCheckpointPersist", ALPHA, false, "what is replicated of leases is always kept."),
    PRIORITY_REQUEST(
        "PriorityRequest",
        ALPHA,
        false,
        "all commands wait in one queue; an expired lease is revoked again until that succeeds."),
    SET_MEMBER_LOCAL_ADDR(
        "SetMemberLocalAddr",
        ALPHA,
        false,
        "the system chooses the local address of connections to other members."),
    STOP_GRPC_SERVICE_ON_DEFRAG(
        "StopGRPCServiceOnDefrag", ALPHA, false, "a member serves while it defragments its store."),
    TXN_MODE_WRITE_WITH_SHARED_BUFFER(
        "TxnModeWriteWithSharedBuffer",
        BETA,
        false,
        "transactions read the index in memory, and copy no buffer.");

    private final String label;
    private final String stage;
    private final boolean works;
    private final String explanation;

    Gate(String label, String stage, boolean works, String explanation) {
      this.label = label;
      this.stage = stage;
      this.works = works;
      this.explanation = explanation;
    }

    String label() {
      return label;
    }

    /** As etcd's metrics name it. */
    String stage() {
      return stage;
    }

    /** Whether it makes a difference. */
    boolean works() {
      return works;
    }

    /** What it does, or why it makes no difference. */
    String explanation() {
      return explanation;
    }

    boolean isOnByDefault() {
      return stage.equals(BETA);
    }

    private boolean isOfStage(String all) {
      return all.equals(isOnByDefault() ? ALL_BETA : ALL_ALPHA);
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

  /**
   * Reads the flag.
   *
   * @throws ConfigurationException if its value is not one, or has a gate without one that it needs
   */
  static FeatureGates from(Settings settings) {
    FeatureGates gates;
    try {
      gates = parse(settings.text(FLAG));
    } catch (IllegalArgumentException wrong) {
      throw settings.refusal(FLAG, wrong.getMessage());
    }
    if (gates.isOn(Gate.LEASE_CHECKPOINT_PERSIST) && !gates.isOn(Gate.LEASE_CHECKPOINT)) {
      throw settings.unusable(
          FLAG,
          "enabling feature gate LeaseCheckpointPersist requires enabling feature gate"
              + " LeaseCheckpoint");
    }
    return gates;
  }

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
    return set.getOrDefault(gate, gate.isOnByDefault());
  }

  /** All gates, and the two that stand for stages, by their names. */
  public List<Listed> listed() {
    List<Listed> listed = new ArrayList<>();
    listed.add(new Listed(ALL_ALPHA, ALPHA, stages.getOrDefault(ALL_ALPHA, false)));
    listed.add(new Listed(ALL_BETA, BETA, stages.getOrDefault(ALL_BETA, false)));
    for (Gate gate : Gate.values()) {
      listed.add(new Listed(gate.label, gate.stage, isOn(gate)));
    }
    listed.sort(Comparator.comparing(Listed::name));
    return List.copyOf(listed);
  }

  /** The gates that were set to something else than their default, and make no difference here. */
  List<Gate> withoutEffect() {
    return Stream.of(Gate.values())
        .filter(gate -> !gate.works && isOn(gate) != gate.isOnByDefault())
        .toList();
  }
}
