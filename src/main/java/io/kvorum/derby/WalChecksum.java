package io.kvorum.derby;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** The checksum of an entry of the log: CRC-32C over index, term and payload. */
final class WalChecksum {
  private WalChecksum() {}

  static int of(long index, int term, byte[] payload) {
    CRC32C crc = new CRC32C();
    crc.update(ByteBuffer.allocate(12).putLong(index).putInt(term).flip());
    crc.update(payload);
    return (int) crc.getValue();
  }
}
