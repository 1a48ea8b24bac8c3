package io.kvorum.derby;

import io.kvorum.consensus.WriteAheadLog.Entry;
import io.kvorum.consensus.WriteAheadLog.Recovered;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Random;

/**
 * A process that writes to a log, and resets it now and then, until it is killed, and says what it
 * has flushed: after each flush it writes the last index, as 8 bytes, to its output, and before a
 * reset the lower one of the two that the log may end with.
 */
public final class WalWriter {
  private WalWriter() {}

  static Entry entry(long index) {
    Random random = new Random(index);
    byte[] payload = new byte[random.nextInt(20) == 0 ? 60_000 : random.nextInt(3_000)];
    random.nextBytes(payload);
    return new Entry(index, 1 + (int) (index / 10_000), payload);
  }

  public static void main(String[] arguments) throws IOException {
    DerbyWal wal = new DerbyWal(Path.of(arguments[0]), new WalSettings(4 << 20, 500));
    Recovered recovered = wal.open();
    OutputStream output = System.out;
    Random random = new Random(Long.parseLong(arguments[1]));
    long index = recovered.lastIndex();
    say(output, index);
    while (index < Long.MAX_VALUE) {
      for (int more = random.nextInt(12); more >= 0; more--) {
        index++;
        wal.append(entry(index));
      }
      wal.flush();
      say(output, index);
      if (random.nextInt(50) == 0) {
        wal.discardUpTo(index - 3_000);
      }
      if (random.nextInt(150) == 0) {
        long next = Math.max(0, index + random.nextInt(3_000) - 1_500);
        say(output, Math.min(index, next));
        index = next;
        wal.reset(index, 1 + (int) (index / 10_000));
        say(output, index);
      }
    }
  }

  private static void say(OutputStream output, long index) throws IOException {
    output.write(ByteBuffer.allocate(Long.BYTES).putLong(index).array());
    output.flush();
  }
}
