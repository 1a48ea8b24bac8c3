package io.kvorum.sim;

import io.kvorum.consensus.PeerMessage;
import io.kvorum.consensus.PeerTransport;
import io.kvorum.peer.grpc.wire.WireForm;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Carries messages between the members of a simulated cluster, late, in another order, twice or
 * never. A cut link may be noticed, so that both ends learn of it, or not.
 */
final class SimulatedNetwork {

  /**
   * How bad it is.
   *
   * @param mostDelayMillis of a message
   * @param lossPercent of messages that vanish
   * @param isOrderly as TCP is: what arrives does so in order, and once
   */
  record Quality(int mostDelayMillis, int lossPercent, int duplicatePercent, boolean isOrderly) {}

  /** Decides which senders a member lets in. */
  interface Gate {
    /**
     * @return false if the sender must learn that it was removed
     */
    boolean admits(long target, long sender);
  }

  private record Way(long from, long to) {}

  private static final class Link {
    private boolean isCut;
    private boolean isNoticed;
    private boolean holdsBack;
    private long lastDelivery;
    private long connectedAt;
    private long epoch;
    private final List<Runnable> held = new ArrayList<>();
  }

  /** One life of a member, as the network sees it. */
  final class Port implements PeerTransport {
    private final long id;
    private @Nullable Receiver receiver;
    private boolean isClosed;

    private Port(long id) {
      this.id = id;
    }

    @Override
    public boolean send(long memberId, PeerMessage message) {
      return !isClosed && SimulatedNetwork.this.send(this, memberId, message);
    }

    @Override
    public boolean isReachable(long memberId) {
      return ports.containsKey(memberId) && !link(id, memberId).isNoticed;
    }

    @Override
    public void deliverTo(Receiver newReceiver) {
      receiver = newReceiver;
    }

    /** Nothing comes out of a process that has ended. */
    void close() {
      isClosed = true;
    }
  }

  private final ClusterSchedule schedule;
  private final Random random;
  private final Map<Long, Port> ports = new HashMap<>();
  private final Map<Way, Link> links = new HashMap<>();
  private final Gate gate;
  private Quality quality;
  private long delivered;

  SimulatedNetwork(ClusterSchedule schedule, Random random, Quality quality, Gate gate) {
    this.gate = gate;
    this.schedule = schedule;
    this.random = random;
    this.quality = quality;
  }

  void become(Quality newQuality) {
    quality = newQuality;
  }

  long delivered() {
    return delivered;
  }

  private Link link(long from, long to) {
    return links.computeIfAbsent(new Way(from, to), way -> new Link());
  }

  private boolean send(Port from, long to, PeerMessage message) {
    Link link = link(from.id, to);
    Port target = ports.get(to);
    if (link.isNoticed || random.nextInt(2_000) == 0) {
      return false;
    }
    if (target == null || random.nextInt(100) < quality.lossPercent()) {
      return true;
    }
    ClusterTrace.line(schedule, from.id, "-> " + to + " " + ClusterTrace.text(message));
    PeerMessage arriving = WireForm.after(message);
    boolean twice = random.nextInt(100) < quality.duplicatePercent();
    for (int copies = twice ? 2 : 1; copies > 0; copies--) {
      long at = schedule.getAsLong() + delayNanos();
      if (quality.isOrderly()) {
        at = Math.max(at, link.lastDelivery + 1);
        link.lastDelivery = at;
      }
      long epoch = link.epoch;
      schedule.after(
          at - schedule.getAsLong(), () -> arrive(from.id, target, link, epoch, arriving));
    }
    return true;
  }

  private long delayNanos() {
    long most = quality.mostDelayMillis() * 1_000_000L;
    long usual = 50_000 + random.nextInt(1_000_000);
    return random.nextInt(10) == 0 ? usual + (long) (random.nextDouble() * most) : usual;
  }

  private void arrive(long from, Port target, Link link, long epoch, PeerMessage message) {
    if (link.isCut && link.holdsBack && !link.isNoticed) {
      link.held.add(() -> arrive(from, target, link, epoch, message));
      return;
    }
    boolean survives = !quality.isOrderly() && random.nextBoolean();
    Port now = ports.get(target.id);
    if (link.isCut || now == null || (!survives && (link.epoch != epoch || now != target))) {
      return;
    }
    PeerTransport.Receiver receiver = now.receiver;
    if (receiver != null && gate.admits(target.id, from)) {
      delivered++;
      ClusterTrace.line(schedule, now.id, "<- " + from + " " + ClusterTrace.text(message));
      receiver.received(from, message);
    }
  }

  /** A member starts. */
  Port open(long id) {
    Port port = new Port(id);
    for (long other : List.copyOf(ports.keySet())) {
      for (Link link : List.of(link(id, other), link(other, id))) {
        link.isNoticed = true;
        link.epoch++;
      }
      schedule.afterMillis(random.nextInt(150), () -> connect(id, other));
      schedule.afterMillis(random.nextInt(150), () -> connect(other, id));
    }
    ports.put(id, port);
    return port;
  }

  /** A member has ended. */
  void closed(Port port) {
    port.close();
    ports.remove(port.id, port);
    boolean isSilent = random.nextInt(4) == 0;
    for (long other : ports.keySet()) {
      long delay = isSilent ? 3_000 : random.nextInt(20);
      schedule.afterMillis(
          delay,
          () -> {
            if (!ports.containsKey(port.id)) {
              notice(other, port.id);
            }
          });
    }
  }

  private void notice(long from, long to) {
    Link link = link(from, to);
    link.epoch++;
    link.held.clear();
    Port port = ports.get(from);
    if (!link.isNoticed) {
      link.isNoticed = true;
      if (port != null && port.receiver != null) {
        port.receiver.disconnected(to);
      }
    }
  }

  private void connect(long from, long to) {
    Link link = link(from, to);
    Port port = ports.get(from);
    if (link.isCut || port == null || !ports.containsKey(to) || !link.isNoticed) {
      return;
    }
    link.isNoticed = false;
    link.connectedAt = schedule.getAsLong();
    link.epoch++;
    if (port.receiver != null) {
      port.receiver.connected(to);
    }
  }

  /**
   * Cuts the link from one member to the other.
   *
   * @param isNoticed whether the sender learns of it
   */
  void cut(long from, long to, boolean isNoticed) {
    Link link = link(from, to);
    link.isCut = true;
    link.holdsBack = random.nextBoolean();
    if (isNoticed) {
      schedule.afterMillis(
          random.nextInt(50),
          () -> {
            if (link.isCut) {
              notice(from, to);
            }
          });
    }
  }

  void heal(long from, long to) {
    Link link = link(from, to);
    if (!link.isCut) {
      return;
    }
    link.isCut = false;
    List<Runnable> held = List.copyOf(link.held);
    link.held.clear();
    held.forEach(Runnable::run);
    if (link.isNoticed) {
      schedule.afterMillis(random.nextInt(300), () -> connect(from, to));
    }
  }

  void healAll() {
    for (Map.Entry<Way, Link> entry : List.copyOf(links.entrySet())) {
      Way way = entry.getKey();
      heal(way.from(), way.to());
      schedule.afterMillis(random.nextInt(300), () -> connect(way.from(), way.to()));
    }
  }

  /** True if the link is up, and has been for so long. */
  boolean isConnectedSince(long from, long to, long atLeastNanos) {
    Link link = link(from, to);
    return ports.containsKey(to)
        && !link.isNoticed
        && schedule.getAsLong() - link.connectedAt >= atLeastNanos;
  }

  /** Whether a question would be answered. */
  boolean isOpen(long from, long to) {
    return ports.containsKey(to) && !link(from, to).isCut && !link(to, from).isCut;
  }
}
