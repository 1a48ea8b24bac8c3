package io.kvorum.bench;

import io.kvorum.model.Revision;
import io.kvorum.mvcc.RevisionHistory;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Keeps nothing: what remains is the cost of the store itself. */
final class ForgetfulHistory implements RevisionHistory {
  @Override
  public Recovered open() {
    return new Recovered(0, 0, Map.of());
  }

  @Override
  public void scan(PageVisitor visitor) {}

  @Override
  public void append(Batch batch) {}

  @Override
  public void rewrite(List<Revision> removed, List<Page> added) {}

  @Override
  public byte @Nullable [] readPage(Revision first) {
    return null;
  }

  @Override
  public Size size() {
    return new Size(0, 0);
  }

  @Override
  public void releaseFreeSpace() {}

  @Override
  public void close() {}
}
