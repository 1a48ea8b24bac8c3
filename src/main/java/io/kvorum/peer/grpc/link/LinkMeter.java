package io.kvorum.peer.grpc.link;

import io.kvorum.meter.Histogram;
import io.kvorum.peer.PeerStats;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Counts the traffic to and from one other member. Thread-safe. */
public final class LinkMeter {
  private final Clock clock = Clock.systemUTC();
  private final LongAdder sentBytes = new LongAdder();
  private final LongAdder sentMessages = new LongAdder();
  private final LongAdder receivedBytes = new LongAdder();
  private final LongAdder receivedMessages = new LongAdder();
  private final LongAdder sendFailures = new LongAdder();
  private final LongAdder receiveFailures = new LongAdder();
  private final LongAdder disconnects = new LongAdder();
  private final Histogram roundTrips = Histogram.ofRoundTrips();
  private final AtomicLong roundTripNanos = new AtomicLong();
  private final LongSupplier nanoClock;
  private volatile boolean isActive;
  private volatile long connectedNanos;
  private volatile @Nullable Instant lastConnected;

  /**
   * @param nanoClock measures how long a link has been open; the wall clock may jump
   */
  LinkMeter(LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
  }

  void sent(int bytes) {
    sentBytes.add(bytes);
    sentMessages.increment();
  }

  void received(int bytes) {
    receivedBytes.add(bytes);
    receivedMessages.increment();
  }

  void notSent() {
    sendFailures.increment();
  }

  void malformed() {
    receiveFailures.increment();
  }

  void roundTrip(long nanos) {
    roundTripNanos.set(nanos);
    roundTrips.record(nanos);
  }

  void connected() {
    lastConnected = clock.instant();
    connectedNanos = nanoClock.getAsLong();
    isActive = true;
  }

  /** Whether the link is open, and has been for at least that long. */
  boolean isConnectedFor(Duration atLeast) {
    return isActive && nanoClock.getAsLong() - connectedNanos >= atLeast.toNanos();
  }

  void disconnected() {
    isActive = false;
    disconnects.increment();
  }

  PeerStats.OtherMember stats(long memberId) {
    return new PeerStats.OtherMember(
        memberId,
        sentBytes.sum(),
        sentMessages.sum(),
        receivedBytes.sum(),
        receivedMessages.sum(),
        sendFailures.sum(),
        receiveFailures.sum(),
        isActive,
        disconnects.sum(),
        roundTripNanos.get(),
        roundTrips.snapshot(),
        lastConnected);
  }
}
