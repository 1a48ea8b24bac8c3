package io.kvorum.consensus.hazelcast.log;

import com.hazelcast.cp.CPGroupId;
import com.hazelcast.cp.internal.raft.impl.RaftEndpoint;
import java.util.UUID;

/** A member as Hazelcast names it: its id and nothing else. Immutable. */
public record MemberEndpoint(long id) implements RaftEndpoint {

  /** The one Raft group. */
  public enum Group implements CPGroupId {
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

  /**
   * Hazelcast's snapshot: a pointer without content. Member {@code memberId} had applied everything
   * up to {@code index}; a member behind it fetches a snapshot of the store.
   */
  public record SnapshotMarker(long index, long memberId) {}

  /** The form in which a vote is written to the log. */
  public static MemberEndpoint parse(String text) {
    return new MemberEndpoint(Long.parseUnsignedLong(text, 16));
  }

  /** How a member is shown in log lines and messages. */
  public static String nameOf(long id) {
    return Long.toHexString(id);
  }

  public String text() {
    return nameOf(id);
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
