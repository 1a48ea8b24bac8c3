package io.kvorum.peer;

import static io.kvorum.peer.PeerIdentity.text;

import io.kvorum.model.ClusterMember;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongPredicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The ways to the others: to the members that the table names, and to callers of which it knows
 * less than they say themselves, so that they can be answered.
 *
 * <p>The table may lag behind. It may have former URLs of a caller, which is then looked for where
 * the table says and where it says itself; or it does not name the caller at all: then it is a
 * <em>guest</em>, and there is room for a few. What a caller said counts until the table has those
 * URLs too, or the caller says otherwise or was removed; or until it is neither heard nor reached
 * for some time. Thread-safe.
 */
final class PeerLinks implements Gate.Callers {
  private static final System.Logger LOG = System.getLogger(PeerLinks.class.getName());

  /** Whoever calls may claim to be anyone: so many are answered. */
  static final int MAX_GUESTS = 8;

  /** How many of the longest pauses between two attempts a caller may be away. */
  private static final int PATIENCE = 10;

  /** Where a caller says that it is, and when there was last a sign of it. */
  private record Caller(List<String> urls, long seenNanos) {}

  private final LinkContext context;
  private final LongPredicate wasRemoved;
  private final LongPredicate isHeard;
  private final Map<Long, LinkMeter> meters = new ConcurrentHashMap<>();

  // Changed under the lock.
  private final Map<Long, PeerLink> links = new ConcurrentHashMap<>();
  private final Map<Long, Caller> callers = new ConcurrentHashMap<>();
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

  /** Where that member may be, as the table has it, and then as it says; nowhere if unknown. */
  List<String> urlsOf(long memberId) {
    Caller caller = callers.get(memberId);
    List<String> listed = listed(memberId);
    return caller == null
        ? listed
        : Stream.concat(listed.stream(), caller.urls().stream()).distinct().toList();
  }

  private List<String> listed(long memberId) {
    ClusterMember member = members.get(memberId);
    return member == null ? List.of() : member.peerUrls();
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
    callers
        .entrySet()
        .removeIf(
            said ->
                wasRemoved.test(said.getKey()) || isListed(said.getKey(), said.getValue().urls()));
    links.keySet().stream()
        .filter(id -> !others.containsKey(id) && !callers.containsKey(id))
        .forEach(this::close);
    others.keySet().forEach(this::open);
  }

  private boolean isListed(long memberId, List<String> peerUrls) {
    return members.containsKey(memberId) && listed(memberId).containsAll(peerUrls);
  }

  @Override
  public synchronized boolean receive(long sender, List<String> peerUrls) {
    if (isClosed || wasRemoved.test(sender)) {
      return isMember(sender);
    }
    if (isListed(sender, peerUrls)) {
      if (callers.containsKey(sender)) {
        dismiss(sender);
      }
      return true;
    }
    Caller former = callers.get(sender);
    if (peerUrls.isEmpty() || (former == null && !hasRoomFor(sender))) {
      return false;
    }
    callers.put(sender, new Caller(List.copyOf(peerUrls), System.nanoTime()));
    if (former == null || !former.urls().equals(peerUrls)) {
      LOG.log(
          Level.INFO,
          isMember(sender)
              ? "member {0} is known here by other peer URLs: it is heard, and looked for at {1} too"
              : "member {0} is not known here yet: it is heard, and answered at {1}",
          text(sender),
          peerUrls);
    }
    open(sender);
    lookAfterCallers();
    return true;
  }

  @Override
  public boolean has(long sender) {
    return callers.containsKey(sender);
  }

  /** A member has its place; of the guests, whoever is away makes room. */
  private boolean hasRoomFor(long sender) {
    if (isMember(sender)) {
      return true;
    }
    List<Long> guests = callers.keySet().stream().filter(id -> !isMember(id)).toList();
    Optional<Long> away = guests.stream().filter(id -> !isThere(id)).findFirst();
    if (guests.size() >= MAX_GUESTS && away.isPresent()) {
      dismiss(away.get());
      return true;
    }
    return guests.size() < MAX_GUESTS;
  }

  private boolean isThere(long caller) {
    PeerLink link = links.get(caller);
    return isHeard.test(caller) || (link != null && link.isReachable());
  }

  private void lookAfterCallers() {
    if (isLooking || isClosed || callers.isEmpty()) {
      return;
    }
    try {
      context
          .sockets()
          .nextLoop()
          .schedule(
              this::reviewCallers, context.settings().maxBackoff().toNanos(), TimeUnit.NANOSECONDS);
      isLooking = true;
    } catch (RejectedExecutionException stopped) {
      LOG.log(Level.DEBUG, "callers are not looked after: the transport is closed");
    }
  }

  private synchronized void reviewCallers() {
    isLooking = false;
    long now = System.nanoTime();
    long patience = PATIENCE * context.settings().maxBackoff().toNanos();
    callers.forEach(
        (id, caller) -> {
          if (wasRemoved.test(id)) {
            dismiss(id);
          } else if (isThere(id)) {
            callers.put(id, new Caller(caller.urls(), now));
          } else if (now - caller.seenNanos() > patience) {
            dismiss(id);
          }
        });
    lookAfterCallers();
  }

  /** What it said counts no more: a member is where the table says, a guest nowhere. */
  private void dismiss(long caller) {
    callers.remove(caller);
    if (isMember(caller)) {
      open(caller);
    } else {
      close(caller);
    }
  }

  private void open(long id) {
    links
        .computeIfAbsent(id, added -> new PeerLink(added, context, meter(added)))
        .locate(urlsOf(id));
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
    callers.clear();
    links.values().forEach(PeerLink::close);
    links.clear();
  }
}
