package io.kvorum.consensus.hazelcast;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Who the log belongs to and whom the group was founded with, as bytes: {@code version 1, own id,
 * count, ids in ascending order}.
 */
final class MembersCodec {
  private static final byte VERSION = 1;

  private MembersCodec() {}

  /** The content of the log's member record. */
  record Members(MemberEndpoint self, Set<MemberEndpoint> initial) {}

  static byte[] encode(MemberEndpoint self, Collection<MemberEndpoint> initial) {
    TreeSet<Long> ids = new TreeSet<>(Long::compareUnsigned);
    initial.forEach(member -> ids.add(member.id()));
    ByteBuffer buffer = ByteBuffer.allocate(1 + Long.BYTES + Integer.BYTES + ids.size() * 8);
    buffer.put(VERSION).putLong(self.id()).putInt(ids.size());
    ids.forEach(buffer::putLong);
    return buffer.array();
  }

  /**
   * @throws IllegalArgumentException if these are not members of a version known here
   */
  static Members decode(byte[] bytes) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    try {
      byte version = buffer.get();
      if (version != VERSION) {
        throw new IllegalArgumentException("unknown version " + version + " of the member record");
      }
      MemberEndpoint self = new MemberEndpoint(buffer.getLong());
      int count = buffer.getInt();
      List<MemberEndpoint> initial = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        initial.add(new MemberEndpoint(buffer.getLong()));
      }
      return new Members(self, new LinkedHashSet<>(initial));
    } catch (BufferUnderflowException e) {
      throw new IllegalArgumentException("the member record is cut short", e);
    }
  }
}
