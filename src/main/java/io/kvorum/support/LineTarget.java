package io.kvorum.support;

import java.io.IOException;

/** Takes lines from a {@link LineWriter}. Confined to its thread. */
public interface LineTarget extends AutoCloseable {
  /** Writes a line with its end, of which some may stay in a buffer. */
  void write(byte[] line) throws IOException;

  /** Empties the buffer. */
  void flush() throws IOException;

  /** May be followed by another line, for which it is opened again. */
  @Override
  void close() throws IOException;
}
