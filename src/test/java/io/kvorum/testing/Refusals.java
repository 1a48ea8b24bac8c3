package io.kvorum.testing;

import io.grpc.StatusRuntimeException;
import java.util.TreeMap;

/** Counts the errors that clients got, by status and description without numbers. Thread-safe. */
public final class Refusals {

  private final TreeMap<String, Integer> counts = new TreeMap<>();

  /** Counts one failed call. */
  public synchronized void add(StatusRuntimeException failure) {
    String description = failure.getStatus().getDescription();
    String kind =
        description == null ? "" : description.replaceAll("[0-9./:]*[0-9][0-9./:a-z]*", "#");
    counts.merge(failure.getStatus().getCode() + " " + kind, 1, Integer::sum);
  }

  @Override
  public synchronized String toString() {
    StringBuilder text = new StringBuilder();
    counts.forEach((kind, count) -> text.append(String.format("%8d  %s%n", count, kind)));
    return text.toString();
  }
}
