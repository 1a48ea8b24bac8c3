package io.kvorum.consensus.hazelcast;

import com.hazelcast.cp.CPGroupId;

/** The name of the one Raft group there is. */
enum RaftGroup implements CPGroupId {
  KVORUM;

  @Override
  public String getName() {
    return "kvorum";
  }

  @Override
  public long getId() {
    return 0;
  }
}
