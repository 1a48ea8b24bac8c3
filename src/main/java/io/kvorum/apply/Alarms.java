package io.kvorum.apply;

import io.kvorum.model.Alarm;
import io.kvorum.model.Bytes;
import io.kvorum.model.FactSink;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Holds the active alarms, which are replicated. The applier changes them on the Raft thread; any
 * thread reads. Each is also a fact in the revision history: {@code alarm/<member id>/<kind>}, the
 * id as 16 hexadecimal digits, the value empty.
 *
 * <p>Held by: ApplierTest, InstalledSnapshotTest, CoreSimulation.
 */
public final class Alarms {
  private static final String FACT_PREFIX = "alarm/";
  private static final Comparator<Alarm> ORDER =
      Comparator.comparingLong(Alarm::memberId).thenComparing(Alarm::kind);

  private volatile List<Alarm> active = List.of();

  Alarms() {}

  /** Replaces the content by what was found on disk, or in a snapshot from another member. */
  void restore(Map<String, Bytes> facts) {
    TreeSet<Alarm> found = new TreeSet<>(ORDER);
    for (String name : facts.keySet()) {
      if (name.startsWith(FACT_PREFIX)) {
        String[] parts = name.substring(FACT_PREFIX.length()).split("/");
        found.add(new Alarm(Long.parseUnsignedLong(parts[0], 16), Alarm.Kind.valueOf(parts[1])));
      }
    }
    active = List.copyOf(found);
  }

  void activate(Alarm alarm, FactSink facts) {
    TreeSet<Alarm> changed = new TreeSet<>(ORDER);
    changed.addAll(active);
    changed.add(alarm);
    active = List.copyOf(changed);
    facts.put(factName(alarm), Bytes.EMPTY);
  }

  void deactivate(Alarm alarm, FactSink facts) {
    active = active.stream().filter(other -> !other.equals(alarm)).toList();
    facts.remove(factName(alarm));
  }

  /** The active alarms, ordered by member id and kind. */
  public List<Alarm> active() {
    return active;
  }

  /** Whether any member's alarm of that kind is active. */
  public boolean isActive(Alarm.Kind kind) {
    for (Alarm alarm : active) {
      if (alarm.kind() == kind) {
        return true;
      }
    }
    return false;
  }

  private static String factName(Alarm alarm) {
    return FACT_PREFIX + String.format("%016x/%s", alarm.memberId(), alarm.kind());
  }
}
