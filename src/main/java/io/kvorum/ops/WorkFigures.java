package io.kvorum.ops;

import io.kvorum.meter.OutcomeHistograms;
import io.kvorum.service.StoreService;
import java.util.List;
import java.util.Map;

/**
 * Durations of what a member does for its clients, and which features are switched on. Immutable.
 *
 * @param requests by etcd's names of requests
 */
public record WorkFigures(
    ApplyMeter.Report applied,
    Map<String, OutcomeHistograms.Snapshot> requests,
    StoreService.Times store,
    List<Feature> features) {
  public WorkFigures {
    features = List.copyOf(features);
  }

  /**
   * A feature gate.
   *
   * @param stage as in etcd: ALPHA or BETA
   */
  public record Feature(String name, String stage, boolean isOn) {}
}
