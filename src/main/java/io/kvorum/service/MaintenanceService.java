package io.kvorum.service;

import io.kvorum.model.Alarm;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** etcd's Maintenance service, as far as it is built. Thread-safe. */
public final class MaintenanceService {
  /** What a member says of itself; sizes in bytes. */
  public record Status(
      String version,
      long dbSize,
      long dbSizeInUse,
      long dbSizeQuota,
      long leaderId,
      long raftIndex,
      long raftTerm,
      long raftAppliedIndex,
      List<String> errors,
      boolean isLearner,
      String storageVersion) {}

  public Status status() {
    throw new UnsupportedOperationException("being built");
  }

  public List<Alarm> alarms() {
    throw new UnsupportedOperationException("being built");
  }

  public CompletableFuture<List<Alarm>> raise(Alarm alarm) {
    throw new UnsupportedOperationException("being built");
  }

  public CompletableFuture<List<Alarm>> clear(Alarm alarm) {
    throw new UnsupportedOperationException("being built");
  }
}
