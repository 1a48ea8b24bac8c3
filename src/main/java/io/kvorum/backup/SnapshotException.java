package io.kvorum.backup;

import java.io.IOException;
import java.util.List;

/** A snapshot file that cannot be used; the message is one line. */
public final class SnapshotException extends IOException {
  private static final long serialVersionUID = 1L;

  private final transient List<String> details;

  public SnapshotException(String message) {
    this(message, List.of());
  }

  /**
   * @param details further lines, one for each thing that is wrong
   */
  public SnapshotException(String message, List<String> details) {
    super(message);
    this.details = List.copyOf(details);
  }

  public List<String> details() {
    return details;
  }
}
