package io.kvorum.consensus;

import io.kvorum.model.Command;
import java.util.List;

/** The durable form of a batch of commands: versioned bytes. Stateless and thread-safe. */
public interface CommandCodec {

  byte[] encode(List<Command> commands);

  /**
   * @throws IllegalArgumentException if the bytes are not a batch of a version that is known here
   */
  List<Command> decode(byte[] bytes);

  /** An estimate of what the command adds to a batch, in bytes, cheap to get. */
  int sizeOf(Command command);
}
