package io.kvorum.consensus;

import io.kvorum.model.Command;
import java.util.List;

/** Encodes batches of commands in their durable form, versioned bytes. Stateless, thread-safe. */
public interface CommandCodec {

  byte[] encode(List<Command> commands);

  /**
   * Decodes what {@link #encode} has made.
   *
   * @throws IllegalArgumentException if the bytes are not a batch of a known version
   */
  List<Command> decode(byte[] bytes);

  /** Estimates how many bytes the command adds to a batch; cheap. */
  int sizeOf(Command command);
}
