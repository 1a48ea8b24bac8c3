package io.kvorum.peer;

import io.kvorum.mvcc.StagedStore;
import java.io.IOException;

/** The place where a state gathers that comes from another member. */
public interface StagedStores {

  /**
   * Opens it, with what an earlier attempt left there; one is open at a time. On a worker.
   *
   * @throws IOException final for this transfer
   */
  StagedStore open() throws IOException;
}
