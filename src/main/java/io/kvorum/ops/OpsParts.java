package io.kvorum.ops;

import io.kvorum.consensus.Consensus;
import io.kvorum.model.Bytes;
import io.kvorum.model.KeyRange;
import io.kvorum.model.RangeQuery;
import io.kvorum.service.KvService;
import io.kvorum.service.MaintenanceService;
import jakarta.enterprise.context.Dependent;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/** Makes what the endpoints share. */
@Dependent
public class OpsParts {
  /** A single key, which need not exist: what counts is that the read is answered. */
  private static final RangeQuery PROBE =
      RangeQuery.of(KeyRange.single(Bytes.utf8("health")))
          .withLimit(1)
          .withProjection(RangeQuery.Projection.KEYS_ONLY);

  @Produces
  @Singleton
  HealthChecks healthChecks(KvService kv, MaintenanceService maintenance, Consensus consensus) {
    return new HealthChecks(
        HealthChecks.READ_LIMIT,
        serializable -> kv.range(PROBE, serializable),
        maintenance::alarms,
        () -> consensus.status().hasLeader(),
        () -> maintenance.status().isLearner());
  }
}
