package io.kvorum.mvcc;

import io.kvorum.model.Change;
import java.util.List;

/** The form of a history page: changes in revision order, packed, with a CRC-32C. Stateless. */
public final class PageCodec {
  private PageCodec() {}

  public static byte[] encode(List<Change> changes) {
    throw new UnsupportedOperationException("being built");
  }

  /**
   * @throws IllegalArgumentException if the checksum does not hold or the format is unknown
   */
  public static List<Change> decode(byte[] page) {
    throw new UnsupportedOperationException("being built");
  }
}
