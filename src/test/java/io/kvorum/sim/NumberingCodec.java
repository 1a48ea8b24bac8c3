package io.kvorum.sim;

import io.kvorum.consensus.CommandCodec;
import io.kvorum.model.Command;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Adds the call number to the commands of another codec, so that two equal commands differ. Checks
 * that what is read is what was written.
 */
public final class NumberingCodec implements CommandCodec {
  private final CommandCodec codec;
  private final Map<Command, Long> numbers = new IdentityHashMap<>();
  private final Map<Long, Command> commands = new HashMap<>();

  public NumberingCodec(CommandCodec codec) {
    this.codec = codec;
  }

  /** Before the command is proposed. */
  public void number(ClientRecord.Call call) {
    numbers.put(call.command(), call.number());
    commands.put(call.number(), call.command());
  }

  /** The number of a command that was proposed, or read from the log. */
  public long numberOf(Command command) {
    Long number = numbers.get(command);
    if (number == null) {
      throw new AssertionError("a command that was never proposed:  " + command);
    }
    return number;
  }

  @Override
  public byte[] encode(List<Command> batch) {
    byte[] encoded = codec.encode(batch);
    int header = Integer.BYTES + batch.size() * Long.BYTES;
    ByteBuffer buffer = ByteBuffer.allocate(header + encoded.length);
    buffer.putInt(batch.size());
    batch.forEach(command -> buffer.putLong(numberOf(command)));
    return buffer.put(encoded).array();
  }

  @Override
  public List<Command> decode(byte[] bytes) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    List<Long> stored = new ArrayList<>();
    for (int left = buffer.getInt(); left > 0; left--) {
      stored.add(buffer.getLong());
    }
    byte[] encoded = new byte[buffer.remaining()];
    buffer.get(encoded);
    List<Command> batch = codec.decode(encoded);
    if (batch.size() != stored.size()) {
      throw new AssertionError(stored.size() + " commands were written, not " + batch.size());
    }
    for (int i = 0; i < batch.size(); i++) {
      Command written = commands.get(stored.get(i));
      if (!batch.get(i).equals(written)) {
        throw new AssertionError(batch.get(i) + " was read, but written was " + written);
      }
      numbers.put(batch.get(i), stored.get(i));
    }
    return batch;
  }

  @Override
  public int sizeOf(Command command) {
    return codec.sizeOf(command);
  }
}
