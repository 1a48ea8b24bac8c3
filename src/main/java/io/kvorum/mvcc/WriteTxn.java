package io.kvorum.mvcc;

import io.kvorum.model.Bytes;
import io.kvorum.model.Event;
import io.kvorum.model.KeyRange;
import io.kvorum.model.KeyValue;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.Result;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One transaction on the store: its reads see its own writes, and all its writes share one
 * revision. Confined to the engine thread.
 */
public final class WriteTxn {

  /** The outcome of a deletion. {@code prevKvs} is empty unless asked for. */
  public record Deleted(List<Bytes> keys, List<KeyValue> prevKvs) {}

  WriteTxn() {}

  /** The revision that a write in this transaction gets. */
  public long writeRevision() {
    throw new UnsupportedOperationException("being built");
  }

  /** The revision after the transaction as it stands: the write revision once it has written. */
  public long revision() {
    throw new UnsupportedOperationException("being built");
  }

  /** True if the key lives, own writes included; without touching its value. */
  public boolean exists(Bytes key) {
    throw new UnsupportedOperationException("being built");
  }

  /**
   * @throws io.kvorum.model.RequestException COMPACTED or FUTURE_REVISION
   */
  public Result.Range range(RangeQuery query) {
    throw new UnsupportedOperationException("being built");
  }

  public @Nullable KeyValue get(Bytes key) {
    throw new UnsupportedOperationException("being built");
  }

  public void put(Bytes key, Bytes value, long lease) {
    throw new UnsupportedOperationException("being built");
  }

  public Deleted deleteRange(KeyRange range, boolean wantsPrevKvs) {
    throw new UnsupportedOperationException("being built");
  }

  /** Ends the transaction and returns its events, in order; readers see it at the next commit. */
  public List<Event> finish() {
    throw new UnsupportedOperationException("being built");
  }
}
