package io.kvorum.peer;

import io.kvorum.mvcc.StoreSnapshot;
import java.lang.System.Logger.Level;
import java.util.concurrent.TimeUnit;

/**
 * Tells the log how far a transfer is, every tenth of it and every five seconds, and the metrics at
 * every step. One thread.
 */
final class PullProgress {
  private static final System.Logger LOG = System.getLogger(PullProgress.class.getName());
  private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final StoreSnapshot.Header header;
  private final String source;
  private final TransferMeter.Attempt meter;
  private final long beganNanos = System.nanoTime();
  private long saidNanos = beganNanos;
  private long saidBytes;
  private long bytes;

  PullProgress(StoreSnapshot.Header header, String source, TransferMeter.Attempt meter) {
    this.header = header;
    this.source = source;
    this.meter = meter;
    meter.expect(header.bytes());
  }

  void add(long more) {
    bytes += more;
    meter.moved(more);
    long now = System.nanoTime();
    // A tenth of very little is not worth a line.
    long step = Math.max(header.bytes() / 10, 16 << 20);
    if (bytes - saidBytes >= step || now - saidNanos >= INTERVAL_NANOS) {
      saidBytes = bytes;
      saidNanos = now;
      say("pulling");
    }
  }

  void end() {
    say("pulled");
  }

  private void say(String how) {
    LOG.log(
        Level.INFO,
        "{0} the state of index {1} from {2}: {3} of about {4} MiB, {5} ms",
        how,
        Long.toString(header.index()),
        source,
        Long.toString(bytes >> 20),
        Long.toString(header.bytes() >> 20),
        Long.toString(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beganNanos)));
  }
}
