package io.kvorum.apply;

import io.kvorum.model.Alarm;
import io.kvorum.model.Bytes;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * The alarms that are raised, replicated and durable as facts. The engine thread changes them, any
 * thread reads.
 */
public final class Alarms {
  private static final String FACT_PREFIX = "alarm/";
  private static final Comparator<Alarm> ORDER =
      Comparator.comparingLong(Alarm::memberId).thenComparing(Alarm::kind);

  private volatile List<Alarm> raised = List.of();

  /** Forgets what was there before. */
  void restore(Map<String, Bytes> facts) {
    TreeSet<Alarm> found = new TreeSet<>(ORDER);
    for (String name : facts.keySet()) {
      if (name.startsWith(FACT_PREFIX)) {
        String[] parts = name.substring(FACT_PREFIX.length()).split("/");
        found.add(new Alarm(Long.parseUnsignedLong(parts[0], 16), Alarm.Kind.valueOf(parts[1])));
      }
    }
    raised = List.copyOf(found);
  }

  static String factName(Alarm alarm) {
    return FACT_PREFIX + String.format("%016x/%s", alarm.memberId(), alarm.kind());
  }

  void raise(Alarm alarm) {
    TreeSet<Alarm> changed = new TreeSet<>(ORDER);
    changed.addAll(raised);
    changed.add(alarm);
    raised = List.copyOf(changed);
  }

  void clear(Alarm alarm) {
    raised = raised.stream().filter(other -> !other.equals(alarm)).toList();
  }

  public List<Alarm> raised() {
    return raised;
  }

  public boolean isRaised(Alarm.Kind kind) {
    for (Alarm alarm : raised) {
      if (alarm.kind() == kind) {
        return true;
      }
    }
    return false;
  }
}
