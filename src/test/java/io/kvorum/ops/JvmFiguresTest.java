package io.kvorum.ops;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class JvmFiguresTest {
  private static List<String> lines() {
    Exposition out = new Exposition();
    JvmFigures.write(out);
    return out.text().lines().toList();
  }

  @Test
  void theHeapInUseIsWithinWhatIsReserved() {
    List<String> lines = lines();
    double used = sample(lines, "jvm_memory_used_bytes{area=\"heap\"} ");
    double committed = sample(lines, "jvm_memory_committed_bytes{area=\"heap\"} ");
    assertThat(used).isBetween(1e6, committed);
    assertThat(sample(lines, "jvm_memory_used_bytes{area=\"nonheap\"} ")).isGreaterThan(1e6);
    assertThat(sample(lines, "jvm_buffer_pool_used_bytes{pool=\"direct\"} "))
        .isGreaterThanOrEqualTo(0);
  }

  @Test
  void eachCollectorHasItsCountAndItsTime() {
    assertThat(lines())
        .contains("# TYPE jvm_gc_collection_seconds summary")
        .anyMatch(line -> line.matches("jvm_gc_collection_seconds_count\\{gc=\".+\"} .+"))
        .anyMatch(line -> line.matches("jvm_gc_collection_seconds_sum\\{gc=\".+\"} .+"));
  }

  @Test
  void threadsAndClassesAreCounted() {
    assertThat(sample(lines(), "jvm_threads_current ")).isGreaterThan(1);
    assertThat(sample(lines(), "jvm_classes_currently_loaded ")).isGreaterThan(100);
  }

  private static double sample(List<String> lines, String start) {
    List<String> found = lines.stream().filter(line -> line.startsWith(start)).toList();
    assertThat(found).as(start).hasSize(1);
    return Double.parseDouble(found.get(0).substring(start.length()));
  }
}
