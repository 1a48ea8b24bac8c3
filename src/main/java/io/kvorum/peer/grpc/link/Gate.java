package io.kvorum.peer.grpc.link;

import static io.kvorum.peer.PeerIdentity.text;

import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.kvorum.peer.PeerIdentity;
import io.kvorum.peer.grpc.link.Refusal.RefusedException;
import io.kvorum.support.Log;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;
import java.util.function.LongPredicate;

/**
 * Admits calls of other members of this cluster and refuses all others; each reason for refusing a
 * caller is logged once. Thread-safe.
 *
 * <p>The local table of members may lag behind: it may lack a member that was added while this one
 * was away, and perhaps only that member can bring it up to date. Hence messages are also accepted
 * from an <em>unlisted caller</em>: one of this cluster that the table neither lists nor remembers
 * as removed. It may not send requests, and gets no snapshots. For the same reason callers state
 * their peer URLs.
 *
 * <p>Everything that a caller claims is trusted: its cluster, its id and the URLs at which it is
 * answered. The cluster's id is no secret. Where no certificate of an authority is demanded of
 * members, the network must keep strangers off the peer URLs: anyone who reaches them can
 * impersonate any member.
 *
 * <p>Held by: GateTest, PeerRefusalTest, UnlistedCallersTest.
 */
public final class Gate {
  private static final Log LOG = Log.of(Gate.class);

  /** A caller may claim any id, hence a bound on what is remembered of refused ones. */
  private static final int MAX_REFUSED = 256;

  /** Keeps track of callers that are unlisted, or whose peer URLs differ from the table's. */
  public interface Callers {

    /**
     * Notes the peer URLs of a caller, so that it can be answered.
     *
     * @return false if the caller is unlisted and cannot be admitted: it states no URLs, or there
     *     are too many like it
     */
    boolean receive(long sender, List<String> peerUrls);

    boolean has(long sender);
  }

  private final PeerIdentity self;
  private final LongFunction<String> names;
  private final LongPredicate isMember;
  private final LongPredicate wasRemoved;
  private final Callers callers;

  /** Guarded by itself: the last reason for refusing each sender. */
  private final Map<Long, String> refused =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, String> eldest) {
          return size() > MAX_REFUSED;
        }
      };

  /**
   * @param names of members, for log lines and refusals
   */
  public Gate(
      PeerIdentity self,
      LongFunction<String> names,
      LongPredicate isMember,
      LongPredicate wasRemoved,
      Callers callers) {
    this.self = self;
    this.names = names;
    this.isMember = isMember;
    this.wasRemoved = wasRemoved;
    this.callers = callers;
  }

  /** Names a member in log lines. */
  String nameOf(long memberId) {
    return names.apply(memberId);
  }

  /** Admits members only, and returns the caller's id. */
  long admit(Metadata headers) throws RefusedException {
    long sender = identify(headers).senderId();
    check(sender);
    return sender;
  }

  /** Admits a stream of messages, of a member or an unlisted caller, and returns its id. */
  long admitStream(Metadata headers) throws RefusedException {
    CallIdentity caller = identify(headers);
    long sender = caller.senderId();
    if (mayBeAnswered(sender) && !callers.receive(sender, caller.peerUrls())) {
      throw new RefusedException(
          Refusal.UNKNOWN,
          sender,
          caller.peerUrls().isEmpty()
              ? "member %s is not known here, and states no peer URLs".formatted(nameOf(sender))
              : "member %s is not known here, and there are too many unlisted callers"
                  .formatted(nameOf(sender)));
    }
    checkStream(sender);
    return sender;
  }

  private boolean mayBeAnswered(long sender) {
    return sender != 0 && sender != self.memberId() && !wasRemoved.test(sender);
  }

  private boolean isUnlisted(long sender) {
    return mayBeAnswered(sender) && !isMember.test(sender);
  }

  private CallIdentity identify(Metadata headers) throws RefusedException {
    CallIdentity caller = CallIdentity.in(headers);
    long sender = caller.senderId();
    if (caller.clusterId() != self.clusterId()) {
      throw new RefusedException(
          Refusal.CLUSTER,
          sender,
          "cluster ID mismatch: member %s belongs to cluster %s, member %s to cluster %s"
              .formatted(
                  text(sender),
                  text(caller.clusterId()),
                  nameOf(self.memberId()),
                  text(self.clusterId())));
    }
    if (caller.targetId() != self.memberId()) {
      throw new RefusedException(
          Refusal.TARGET,
          sender,
          "member ID mismatch: member %s was called, but this address belongs to member %s"
              .formatted(nameOf(caller.targetId()), nameOf(self.memberId())));
    }
    return caller;
  }

  /** Checks whether a member or unlisted caller may continue to send messages. */
  void checkStream(long sender) throws RefusedException {
    if (!isUnlisted(sender) || !callers.has(sender)) {
      check(sender);
    }
  }

  private void check(long sender) throws RefusedException {
    if (isMember.test(sender)) {
      return;
    }
    if (wasRemoved.test(sender)) {
      throw new RefusedException(
          Refusal.REMOVED,
          sender,
          "the member has been removed from the cluster: " + nameOf(sender));
    }
    throw new RefusedException(
        Refusal.UNKNOWN, sender, "member %s is not known here".formatted(nameOf(sender)));
  }

  /** Closes the call of a refused caller. */
  void refuse(ServerCall<?, ?> call, RefusedException refusal) {
    if (isNews(refusal)) {
      LOG.warning(
          "refused member {} at {}: {}",
          nameOf(refusal.senderId()),
          call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR),
          refusal.reason());
    }
    refusal.close(call);
  }

  /** Forgets earlier refusals of an admitted caller, so that the next one is logged. */
  void admitted(long sender) {
    boolean wasRefused;
    synchronized (refused) {
      wasRefused = refused.remove(sender) != null;
    }
    if (wasRefused) {
      LOG.info("member {} is now admitted", nameOf(sender));
    }
  }

  /** Wraps a handler so that only members reach it. */
  public <Q, R> ServerCallHandler<Q, R> guarding(ServerCallHandler<Q, R> handler) {
    return (call, headers) -> {
      try {
        admit(headers);
      } catch (RefusedException refusal) {
        refuse(call, refusal);
        return new ServerCall.Listener<>() {};
      }
      return handler.startCall(call, headers);
    };
  }

  private boolean isNews(RefusedException refusal) {
    synchronized (refused) {
      return !refusal.reason().equals(refused.put(refusal.senderId(), refusal.reason()));
    }
  }
}
