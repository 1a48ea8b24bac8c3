package io.kvorum.consensus.hazelcast.log;

import com.hazelcast.cp.internal.raft.MembershipChangeMode;
import com.hazelcast.cp.internal.raft.impl.RaftEndpoint;
import com.hazelcast.cp.internal.raft.impl.command.UpdateRaftGroupMembersCmd;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The voters as of one entry of the log, and the three durable forms that name members: the group,
 * which the state machine keeps beside the state; a {@link Change}, which is a log entry; and the
 * log's {@link MemberRecord}.
 *
 * <pre>
 * group    version 1 (1) · index of the change (8) · ids
 * change   version 1 (1) · addition (1) · member (8) · ids
 * record   version 1 (1) · own id (8) · ids
 * ids      count (4) · id (8)*       in ascending order, as unsigned numbers
 * </pre>
 *
 * <p>Immutable. Held by: VoterGroupTest.
 *
 * @param index the entry that made these the voters; 0 for the founders
 */
public record VoterGroup(long index, List<Long> voters) {
  private static final byte VERSION = 1;

  public VoterGroup {
    voters = ascending(voters);
  }

  /**
   * One voter is added or removed.
   *
   * @param member the voter
   * @param voters all voters after the change
   */
  public record Change(long member, boolean isAddition, List<Long> voters) {
    public Change {
      voters = ascending(voters);
    }

    public static Change of(UpdateRaftGroupMembersCmd command) {
      return new Change(
          ((MemberEndpoint) command.getMember()).id(),
          command.getMode() == MembershipChangeMode.ADD,
          ids(command.getMembers()));
    }

    public UpdateRaftGroupMembersCmd toCommand() {
      Set<RaftEndpoint> members = new LinkedHashSet<>();
      voters.forEach(voter -> members.add(new MemberEndpoint(voter)));
      return new UpdateRaftGroupMembersCmd(
          members,
          new MemberEndpoint(member),
          isAddition ? MembershipChangeMode.ADD : MembershipChangeMode.REMOVE);
    }

    public byte[] encode() {
      ByteBuffer buffer =
          ByteBuffer.allocate(2 + Long.BYTES + sizeOf(voters))
              .put(VERSION)
              .put((byte) (isAddition ? 1 : 0))
              .putLong(member);
      return put(buffer, voters).array();
    }

    /**
     * Decodes what {@link #encode} has made.
     *
     * @throws IllegalArgumentException if these bytes are not a change of a known version
     */
    public static Change decode(byte[] bytes) {
      ByteBuffer buffer = bodyOf(bytes, "a change of the voters");
      try {
        boolean isAddition = buffer.get() == 1;
        return new Change(buffer.getLong(), isAddition, getIds(buffer));
      } catch (BufferUnderflowException e) {
        throw new IllegalArgumentException("a change of the voters is cut short", e);
      }
    }
  }

  /**
   * The owner of a log, and the voters that it began with.
   *
   * @param initial in ascending order
   */
  public record MemberRecord(long self, List<Long> initial) {
    public MemberRecord {
      initial = ascending(initial);
    }

    public byte[] encode() {
      ByteBuffer buffer =
          ByteBuffer.allocate(1 + Long.BYTES + sizeOf(initial)).put(VERSION).putLong(self);
      return put(buffer, initial).array();
    }

    /**
     * Decodes what {@link #encode} has made.
     *
     * @throws IllegalArgumentException if these bytes are not a member record of a known version
     */
    public static MemberRecord decode(byte[] bytes) {
      ByteBuffer buffer = bodyOf(bytes, "the member record");
      try {
        return new MemberRecord(buffer.getLong(), getIds(buffer));
      } catch (BufferUnderflowException e) {
        throw new IllegalArgumentException("the member record is cut short", e);
      }
    }
  }

  public byte[] encode() {
    ByteBuffer buffer =
        ByteBuffer.allocate(1 + Long.BYTES + sizeOf(voters)).put(VERSION).putLong(index);
    return put(buffer, voters).array();
  }

  /**
   * Decodes what {@link #encode} has made.
   *
   * @throws IllegalArgumentException if these bytes are not a group of a known version
   */
  public static VoterGroup decode(byte[] bytes) {
    ByteBuffer buffer = bodyOf(bytes, "the group of voters");
    try {
      return new VoterGroup(buffer.getLong(), getIds(buffer));
    } catch (BufferUnderflowException e) {
      throw new IllegalArgumentException("the group of voters is cut short", e);
    }
  }

  public boolean isOnly(long member) {
    return voters.size() == 1 && voters.get(0) == member;
  }

  public static List<Long> ids(Collection<RaftEndpoint> members) {
    List<Long> ids = new ArrayList<>(members.size());
    members.forEach(member -> ids.add(((MemberEndpoint) member).id()));
    return ids;
  }

  private static List<Long> ascending(Collection<Long> ids) {
    return ids.stream().sorted(Long::compareUnsigned).distinct().toList();
  }

  private static ByteBuffer bodyOf(byte[] bytes, String what) {
    if (bytes.length == 0) {
      throw new IllegalArgumentException(what + " is cut short");
    }
    if (bytes[0] != VERSION) {
      throw new IllegalArgumentException("unknown version " + bytes[0] + " of " + what);
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    buffer.get();
    return buffer;
  }

  private static int sizeOf(List<Long> ids) {
    return Integer.BYTES + ids.size() * Long.BYTES;
  }

  private static ByteBuffer put(ByteBuffer buffer, List<Long> ids) {
    buffer.putInt(ids.size());
    ids.forEach(buffer::putLong);
    return buffer;
  }

  private static List<Long> getIds(ByteBuffer buffer) {
    int count = buffer.getInt();
    List<Long> ids = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ids.add(buffer.getLong());
    }
    return ids;
  }
}
