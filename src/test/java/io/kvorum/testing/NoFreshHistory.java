package io.kvorum.testing;

import io.kvorum.mvcc.FreshHistory;
import io.kvorum.mvcc.history.RevisionHistory;

/** For stores that are never defragmented. */
public final class NoFreshHistory implements FreshHistory {
  @Override
  public RevisionHistory create() {
    throw new AssertionError("the store is not to be defragmented");
  }

  @Override
  public void makeCurrent() {
    throw new AssertionError("nothing was created");
  }

  @Override
  public void deleteFormer() {
    throw new AssertionError("nothing was created");
  }

  @Override
  public void discard() {
    throw new AssertionError("nothing was created");
  }
}
