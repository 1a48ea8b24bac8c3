package io.kvorum.peer;

import static io.kvorum.peer.PeerIdentity.text;

import io.kvorum.model.ClusterMember;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The ways to the others: to the members that the table names, and to a few guests, which call
 * although it does not name them yet, so that they can be answered.
 *
 * <p>A guest stays until the table names it, as a member, whose URLs then count, or as a removed
 * one; or until it is neither heard nor reached for some time. Thread-safe.
 */
final class PeerLinks implements Gate.Guests {
  private static final System.Logger LOG = System.getLogger(PeerLinks.class.getName());

  /** Whoever calls may claim to be anyone: so many are answered. */
  static final int MAX_GUESTS = 8;

  /** How many of the longest pauses between two attempts a guest may be away. */
  private static final int GUEST_PATIENCE = 10;

  /** Where a guest is, and when there was last a sign of it. */
  private record Guest(List<String> urls, long seenNanos) {}

  private final LinkContext context;
  private final LongPredicate wasRemoved;
  private final LongPredicate isHeard;
  private final Map<Long, LinkMeter> meters = new ConcurrentHashMap<>();

  // Changed under the lock.
  private final Map<Long, PeerLink> links = new ConcurrentHashMap<>();
  private final Map<Long, Guest> guests = new ConcurrentHashMap<>();
  private volatile Map<Long, ClusterMember> members = Map.of();
  private boolean isLooking;
  private boolean isClosed;

  /**
   * @param isHeard whether a stream of that member is open
   */
  PeerLinks(LinkContext context, LongPredicate wasRemoved, LongPredicate isHeard) {
    this.context = context;
    this.wasRemoved = wasRemoved;
    this.isHeard = isHeard;
  }

  @Nullable PeerLink to(long memberId) {
    return links.get(memberId);
  }

  boolean isMember(long memberId) {
    return members.containsKey(memberId);
  }

  /** Where that member is; nowhere if it is unknown. */
  List<String> urlsOf(long memberId) {
    ClusterMember member = members.get(memberId);
    if (member != null) {
      return member.peerUrls();
    }
    Guest guest = guests.get(memberId);
    return guest == null ? List.of() : guest.urls();
  }

  LinkMeter meter(long memberId) {
    return meters.computeIfAbsent(memberId, id -> new LinkMeter(System::nanoTime));
  }

  boolean isConnectedFor(long memberId, Duration atLeast) {
    LinkMeter meter = meters.get(memberId);
    return meter != null && meter.isConnectedFor(atLeast);
  }

  List<PeerStats.OtherMember> stats() {
    return links.keySet().stream().map(id -> meter(id).stats(id)).toList();
  }

  /** The other members from now on. */
  synchronized void update(Map<Long, ClusterMember> others) {
    if (isClosed) {
      return;
    }
    members = Map.copyOf(others);
    guests.keySet().removeIf(id -> others.containsKey(id) || wasRemoved.test(id));
    links.keySet().stream()
        .filter(id -> !others.containsKey(id) && !guests.containsKey(id))
        .forEach(this::close);
    others.forEach((id, member) -> open(id, member.peerUrls()));
  }

  @Override
  public synchronized boolean receive(long sender, List<String> peerUrls) {
    if (isClosed || wasRemoved.test(sender)) {
      return false;
    }
    if (members.containsKey(sender)) {
      return true;
    }
    boolean isNew = !guests.containsKey(sender);
    if (peerUrls.isEmpty() || (isNew && !hasRoom())) {
      return false;
    }
    guests.put(sender, new Guest(List.copyOf(peerUrls), System.nanoTime()));
    if (isNew) {
      LOG.log(
          Level.INFO,
          "member {0} is not known here yet: it is heard, and answered at {1}",
          text(sender),
          peerUrls);
    }
    open(sender, peerUrls);
    lookAfterGuests();
    return true;
  }

  @Override
  public boolean has(long sender) {
    return guests.containsKey(sender);
  }

  /** Whoever is away makes room. */
  private boolean hasRoom() {
    if (guests.size() >= MAX_GUESTS) {
      guests.keySet().stream().filter(id -> !isThere(id)).findFirst().ifPresent(this::dismiss);
    }
    return guests.size() < MAX_GUESTS;
  }

  private boolean isThere(long guest) {
    PeerLink link = links.get(guest);
    return isHeard.test(guest) || (link != null && link.isReachable());
  }

  private void lookAfterGuests() {
    if (isLooking || isClosed || guests.isEmpty()) {
      return;
    }
    try {
      context
          .sockets()
          .nextLoop()
          .schedule(
              this::reviewGuests, context.settings().maxBackoff().toNanos(), TimeUnit.NANOSECONDS);
      isLooking = true;
    } catch (RejectedExecutionException stopped) {
      LOG.log(Level.DEBUG, "guests are not looked after: the transport is closed");
    }
  }

  private synchronized void reviewGuests() {
    isLooking = false;
    long now = System.nanoTime();
    long patience = GUEST_PATIENCE * context.settings().maxBackoff().toNanos();
    guests.forEach(
        (id, guest) -> {
          if (wasRemoved.test(id)) {
            dismiss(id);
          } else if (isThere(id)) {
            guests.put(id, new Guest(guest.urls(), now));
          } else if (now - guest.seenNanos() > patience) {
            dismiss(id);
          }
        });
    lookAfterGuests();
  }

  private void dismiss(long guest) {
    guests.remove(guest);
    close(guest);
  }

  private void open(long id, List<String> urls) {
    links.computeIfAbsent(id, added -> new PeerLink(added, context, meter(added))).locate(urls);
  }

  private void close(long id) {
    PeerLink link = links.remove(id);
    if (link != null) {
      LOG.log(Level.INFO, "closing the way to member {0}", text(id));
      link.close();
    }
    meters.remove(id);
  }

  /** Ends all ways, for good. */
  synchronized void close() {
    isClosed = true;
    guests.clear();
    links.values().forEach(PeerLink::close);
    links.clear();
  }
}
