package io.kvorum.audit;

import java.io.IOException;

/** Takes the lines of the audit log. Confined to the log's thread. */
interface AuditTarget extends AutoCloseable {
  /** Writes a line, of which some may stay in a buffer. */
  void write(byte[] line) throws IOException;

  /** Empties the buffer. */
  void flush() throws IOException;

  @Override
  void close() throws IOException;
}
