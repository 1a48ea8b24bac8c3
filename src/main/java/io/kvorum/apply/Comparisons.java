package io.kvorum.apply;

import io.kvorum.model.Bytes;
import io.kvorum.model.Compare;
import io.kvorum.model.KeyValue;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.RangeQuery.Projection;
import io.kvorum.model.Result;
import java.util.List;
import java.util.function.Function;

/**
 * Evaluates the conditions of a transaction on the state that {@code reader} reads. Stateless.
 *
 * <p>Held by: ApplierTest, CoreSimulation.
 */
final class Comparisons {
  private static final KeyValue ABSENT = new KeyValue(Bytes.EMPTY, Bytes.EMPTY, 0, 0, 0, 0);

  private final Function<RangeQuery, Result.Range> reader;

  Comparisons(Function<RangeQuery, Result.Range> reader) {
    this.reader = reader;
  }

  boolean allHold(List<Compare> compares) {
    for (Compare compare : compares) {
      if (!holds(compare)) {
        return false;
      }
    }
    return true;
  }

  private boolean holds(Compare compare) {
    List<KeyValue> kvs = reader.apply(query(compare)).kvs();
    if (kvs.isEmpty()) {
      return compare.target() != Compare.Target.VALUE && holds(compare, ABSENT);
    }
    for (KeyValue kv : kvs) {
      if (!holds(compare, kv)) {
        return false;
      }
    }
    return true;
  }

  /** Versions and revisions are in the index: no value is read for them. */
  private static RangeQuery query(Compare compare) {
    RangeQuery query = RangeQuery.of(compare.range());
    return switch (compare.target()) {
      case VERSION, CREATE, MOD -> query.withProjection(Projection.KEYS_ONLY);
      case VALUE, LEASE -> query;
    };
  }

  private static boolean holds(Compare compare, KeyValue kv) {
    int comparison =
        switch (compare.target()) {
          case VERSION -> Long.compare(kv.version(), compare.number());
          case CREATE -> Long.compare(kv.createRevision(), compare.number());
          case MOD -> Long.compare(kv.modRevision(), compare.number());
          case LEASE -> Long.compare(kv.lease(), compare.number());
          case VALUE -> kv.value().compareTo(compare.value());
        };
    return compare.operator().holds(comparison);
  }
}
