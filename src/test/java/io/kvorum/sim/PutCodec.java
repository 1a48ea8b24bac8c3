package io.kvorum.sim;

import io.kvorum.consensus.CommandCodec;
import io.kvorum.model.Bytes;
import io.kvorum.model.Command;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Encodes puts of a key and a value, and nothing else: for simulations without a store. */
public final class PutCodec implements CommandCodec {
  private static final int OVERHEAD = 2 * Integer.BYTES;

  @Override
  public byte[] encode(List<Command> commands) {
    int size = commands.stream().mapToInt(this::sizeOf).sum();
    ByteBuffer buffer = ByteBuffer.allocate(size);
    for (Command command : commands) {
      Command.Put put = (Command.Put) command;
      buffer.putInt(put.key().length()).put(put.key().unsafeArray());
      buffer.putInt(put.value().length()).put(put.value().unsafeArray());
    }
    return buffer.array();
  }

  @Override
  public List<Command> decode(byte[] bytes) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    List<Command> commands = new ArrayList<>();
    while (buffer.hasRemaining()) {
      commands.add(Command.Put.of(next(buffer), next(buffer)));
    }
    return commands;
  }

  @Override
  public int sizeOf(Command command) {
    Command.Put put = (Command.Put) command;
    return OVERHEAD + put.key().length() + put.value().length();
  }

  private static Bytes next(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.getInt()];
    buffer.get(bytes);
    return Bytes.wrap(bytes);
  }
}
