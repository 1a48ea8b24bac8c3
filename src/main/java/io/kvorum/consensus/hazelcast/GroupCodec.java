package io.kvorum.consensus.hazelcast;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * The group of voters as bytes: in a log entry that changes it, and as what the state remembers.
 *
 * <pre>
 * change   version 1 (1) · addition (1) · member (8) · voters
 * voters   count (4) · id (8)*       in ascending order
 * memory   version 1 (1) · index of the change (8) · voters
 * </pre>
 */
final class GroupCodec {
  private static final byte VERSION = 1;

  private GroupCodec() {}

  /**
   * What the state remembers.
   *
   * @param index the entry that made the group what it is
   */
  record Group(long index, List<MemberEndpoint> voters) {}

  static byte[] encode(GroupChange change) {
    ByteBuffer buffer =
        ByteBuffer.allocate(2 + Long.BYTES + sizeOf(change.voters()))
            .put(VERSION)
            .put((byte) (change.isAddition() ? 1 : 0))
            .putLong(change.member().id());
    return put(buffer, change.voters()).array();
  }

  /**
   * @throws IllegalArgumentException if these bytes are no change of a version known here
   */
  static GroupChange decode(byte[] bytes) {
    ByteBuffer buffer = start(bytes);
    try {
      boolean isAddition = buffer.get() == 1;
      MemberEndpoint member = new MemberEndpoint(buffer.getLong());
      return new GroupChange(member, isAddition, voters(buffer));
    } catch (BufferUnderflowException e) {
      throw new IllegalArgumentException("a change of the group is cut short", e);
    }
  }

  static byte[] encode(Group group) {
    List<MemberEndpoint> voters = GroupChange.sorted(group.voters());
    ByteBuffer buffer =
        ByteBuffer.allocate(1 + Long.BYTES + sizeOf(voters)).put(VERSION).putLong(group.index());
    return put(buffer, voters).array();
  }

  /**
   * @throws IllegalArgumentException if these bytes are no group of a version known here
   */
  static Group decodeGroup(byte[] bytes) {
    ByteBuffer buffer = start(bytes);
    try {
      return new Group(buffer.getLong(), voters(buffer));
    } catch (BufferUnderflowException e) {
      throw new IllegalArgumentException("the group of voters is cut short", e);
    }
  }

  private static ByteBuffer start(byte[] bytes) {
    if (bytes.length == 0 || bytes[0] != VERSION) {
      throw new IllegalArgumentException("unknown version of the group of voters");
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    buffer.get();
    return buffer;
  }

  private static int sizeOf(Collection<MemberEndpoint> voters) {
    return Integer.BYTES + voters.size() * Long.BYTES;
  }

  private static ByteBuffer put(ByteBuffer buffer, List<MemberEndpoint> voters) {
    buffer.putInt(voters.size());
    voters.forEach(voter -> buffer.putLong(voter.id()));
    return buffer;
  }

  private static List<MemberEndpoint> voters(ByteBuffer buffer) {
    int count = buffer.getInt();
    List<MemberEndpoint> voters = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      voters.add(new MemberEndpoint(buffer.getLong()));
    }
    return voters;
  }
}
