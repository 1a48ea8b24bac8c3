package io.kvorum.crash;

import io.grpc.StatusRuntimeException;
import java.util.TreeMap;

/** What clients were told instead of an answer, and how often. Thread-safe. */
final class Refusals {

  private final TreeMap<String, Integer> counts = new TreeMap<>();

  synchronized void add(StatusRuntimeException failure) {
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
