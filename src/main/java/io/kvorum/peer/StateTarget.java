package io.kvorum.peer;

import io.kvorum.mvcc.StagedStore;
import java.io.IOException;

/** Where the state of another member goes, in the end. */
public interface StateTarget extends StagedStores {

  /**
   * Makes a complete store the one that serves. On the thread that calls {@link
   * io.kvorum.consensus.StateTransfer.Arrived#install}.
   *
   * @throws IOException final: the member must stop
   */
  void install(StagedStore store) throws IOException;
}
