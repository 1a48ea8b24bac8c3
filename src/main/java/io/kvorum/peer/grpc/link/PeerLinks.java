package io.kvorum.peer.grpc.link;

import io.kvorum.model.ClusterMember;
import io.kvorum.peer.PeerStats;
import io.kvorum.support.Log;
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
 * Keeps the links to the other members: to those in the table of members, and to callers about
 * which the table lags behind, so that they can be answered. Thread-safe.
 *
 * <table>
 *   <caption>Where a caller is connected to</caption>
 *   <tr><th>the table has</th><th>URLs</th></tr>
 *   <tr><td>the caller and its URLs</td><td>those of the table</td></tr>
 *   <tr><td>the caller with former URLs</td><td>those of the table and its own</td></tr>
 *   <tr><td>no such member: an <em>unlisted caller</em>, a few are admitted</td>
 *       <td>its own</td></tr>
 * </table>
 *
 * <p>A caller's own URLs hold until the table has them too, the caller states others, it is
 * removed, or it has neither called nor been reached for some time.
 *
 * <p>Held by: UnlistedCallersTest, PeerMovesTest.
 */
public final class PeerLinks implements Gate.Callers {
  private static final Log LOG = Log.of(PeerLinks.class);

  /** A caller may claim any id, hence a bound. */
  public static final int MAX_UNLISTED = 8;

  /** A caller is forgotten after being away for that many of the longest retry delays. */
  private static final int MAX_BACKOFFS_AWAY = 10;

  /** The URLs that a caller states, and when it was last seen. */
  private record Caller(List<String> urls, long seenNanos) {}

  private final LinkContext context;
  private final LongPredicate wasRemoved;
  private final LongPredicate hasStream;
  private final Map<Long, LinkMeter> meters = new ConcurrentHashMap<>();

  // Changed under the lock.
  private final Map<Long, PeerLink> links = new ConcurrentHashMap<>();
  private final Map<Long, Caller> callers = new ConcurrentHashMap<>();
  private volatile Map<Long, ClusterMember> members = Map.of();
  private boolean isReviewScheduled;
  private boolean isClosed;

  /**
   * @param hasStream whether that member has a stream to this one
   */
  public PeerLinks(LinkContext context, LongPredicate wasRemoved, LongPredicate hasStream) {
    this.context = context;
    this.wasRemoved = wasRemoved;
    this.hasStream = hasStream;
  }

  /** The link to that member; null if there is none. */
  public @Nullable PeerLink to(long memberId) {
    return links.get(memberId);
  }

  /** Whether the table lists that other member. */
  public boolean isMember(long memberId) {
    return members.containsKey(memberId);
  }

  /** The URLs of that member: those of the table, then its own; empty if it is unknown. */
  public List<String> urlsOf(long memberId) {
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

  /** The counters of that member, made on first use. */
  public LinkMeter meter(long memberId) {
    return meters.computeIfAbsent(memberId, id -> new LinkMeter(System::nanoTime));
  }

  /** Whether the link to that member is open, and has been for at least that long. */
  public boolean isConnectedFor(long memberId, Duration atLeast) {
    LinkMeter meter = meters.get(memberId);
    return meter != null && meter.isConnectedFor(atLeast);
  }

  /** Statistics of all links. */
  public List<PeerStats.OtherMember> stats() {
    return links.keySet().stream().map(id -> meter(id).stats(id)).toList();
  }

  /** Replaces the table of the other members. */
  public synchronized void update(Map<Long, ClusterMember> others) {
    if (isClosed) {
      return;
    }
    members = Map.copyOf(others);
    callers
        .entrySet()
        .removeIf(
            caller ->
                wasRemoved.test(caller.getKey())
                    || isListed(caller.getKey(), caller.getValue().urls()));
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
      LOG.info(
          isMember(sender)
              ? "member {} states other peer URLs than the member table, trying these too: {}"
              : "admitted member {}, which is not in the member table yet; answering at {}",
          context.nameOf(sender),
          peerUrls);
    }
    open(sender);
    scheduleReview();
    return true;
  }

  @Override
  public boolean has(long sender) {
    return callers.containsKey(sender);
  }

  /** A listed member always has room; an unlisted caller replaces one that is away. */
  private boolean hasRoomFor(long sender) {
    if (isMember(sender)) {
      return true;
    }
    List<Long> unlisted = callers.keySet().stream().filter(id -> !isMember(id)).toList();
    Optional<Long> away = unlisted.stream().filter(id -> !isPresent(id)).findFirst();
    if (unlisted.size() >= MAX_UNLISTED && away.isPresent()) {
      dismiss(away.get());
      return true;
    }
    return unlisted.size() < MAX_UNLISTED;
  }

  private boolean isPresent(long caller) {
    PeerLink link = links.get(caller);
    return hasStream.test(caller) || (link != null && link.isReachable());
  }

  private void scheduleReview() {
    if (isReviewScheduled || isClosed || callers.isEmpty()) {
      return;
    }
    try {
      context
          .sockets()
          .nextLoop()
          .schedule(
              this::reviewCallers, context.settings().maxBackoff().toNanos(), TimeUnit.NANOSECONDS);
      isReviewScheduled = true;
    } catch (RejectedExecutionException stopped) {
      LOG.debug("callers are no longer reviewed: the transport is closed");
    }
  }

  private synchronized void reviewCallers() {
    isReviewScheduled = false;
    long now = System.nanoTime();
    long maxAway = MAX_BACKOFFS_AWAY * context.settings().maxBackoff().toNanos();
    callers.forEach(
        (id, caller) -> {
          if (wasRemoved.test(id)) {
            dismiss(id);
          } else if (isPresent(id)) {
            callers.put(id, new Caller(caller.urls(), now));
          } else if (now - caller.seenNanos() > maxAway) {
            dismiss(id);
          }
        });
    scheduleReview();
  }

  /** Forgets the URLs that a caller stated; the link to an unlisted one is closed. */
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
      LOG.info("closing the connection to member {}", context.nameOf(id));
      link.close();
    }
    meters.remove(id);
  }

  /** Closes all links, for good. */
  public synchronized void close() {
    isClosed = true;
    callers.clear();
    links.values().forEach(PeerLink::close);
    links.clear();
  }
}
