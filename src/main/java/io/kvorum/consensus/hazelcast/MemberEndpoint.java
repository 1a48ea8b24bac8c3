package io.kvorum.consensus.hazelcast;

import com.hazelcast.cp.internal.raft.impl.RaftEndpoint;
import java.util.UUID;

/** A member as the engine sees it: its id and nothing else. */
record MemberEndpoint(long id) implements RaftEndpoint {

  /** The form in which a vote is written to the log. */
  static MemberEndpoint parse(String text) {
    return new MemberEndpoint(Long.parseUnsignedLong(text, 16));
  }

  String text() {
    return Long.toHexString(id);
  }

  @Override
  public UUID getUuid() {
    return new UUID(0, id);
  }

  @Override
  public String toString() {
    return text();
  }
}
