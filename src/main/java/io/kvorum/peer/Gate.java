package io.kvorum.peer;

import static io.kvorum.peer.PeerIdentity.text;

import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import java.lang.System.Logger.Level;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongPredicate;

/**
 * Lets other members of this cluster in, and nobody else; each reason to refuse somebody is logged
 * once. Thread-safe.
 *
 * <p>The table of members here may lag behind: it may lack a member that was added while this one
 * was away, and perhaps only that one can bring it up to date. So messages are also taken from a
 * <em>guest</em>: a caller of this cluster that the table neither names nor remembers as removed. A
 * guest may ask no questions, and gets no state. For the same reason callers say where they are.
 *
 * <p>What is trusted: everything that a caller says of itself, its cluster, its id and the URLs at
 * which it is answered. The cluster's id is no secret. As long as members do not show certificates,
 * the network has to keep strangers off the peer URLs: whoever reaches them can pass for any
 * member, with or without guests.
 */
final class Gate {
  private static final System.Logger LOG = System.getLogger(Gate.class.getName());

  /** Whoever calls may claim to be anyone: so much is remembered of those that were refused. */
  private static final int MAX_REFUSED = 256;

  /** Those who send messages, as far as they say more of themselves than the table does. */
  interface Callers {

    /**
     * Hears where a caller is. It takes a guest in; false if that one cannot be answered, or there
     * is no room.
     */
    boolean receive(long sender, List<String> peerUrls);

    boolean has(long sender);
  }

  private final PeerIdentity self;
  private final LongPredicate isMember;
  private final LongPredicate wasRemoved;
  private final Callers callers;

  /** Under the lock: the last reason of each that was refused. */
  private final Map<Long, String> refused =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, String> eldest) {
          return size() > MAX_REFUSED;
        }
      };

  Gate(PeerIdentity self, LongPredicate isMember, LongPredicate wasRemoved, Callers callers) {
    this.self = self;
    this.isMember = isMember;
    this.wasRemoved = wasRemoved;
    this.callers = callers;
  }

  /** The id of the caller, a member. */
  long admit(Metadata headers) throws RefusedException {
    long sender = identify(headers).senderId();
    check(sender);
    return sender;
  }

  /** The id of a caller that wants to send messages: a member, or a guest. */
  long admitStream(Metadata headers) throws RefusedException {
    CallIdentity caller = identify(headers);
    long sender = caller.senderId();
    if (mayBeAnswered(sender) && !callers.receive(sender, caller.peerUrls())) {
      throw new RefusedException(
          Refusal.UNKNOWN,
          sender,
          caller.peerUrls().isEmpty()
              ? "member %s is not known here, and does not say where to answer it"
                  .formatted(text(sender))
              : "member %s is not known here, like too many others".formatted(text(sender)));
    }
    checkStream(sender);
    return sender;
  }

  private boolean mayBeAnswered(long sender) {
    return sender != 0 && sender != self.memberId() && !wasRemoved.test(sender);
  }

  private boolean isStranger(long sender) {
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
                  text(self.memberId()),
                  text(self.clusterId())));
    }
    if (caller.targetId() != self.memberId()) {
      throw new RefusedException(
          Refusal.TARGET,
          sender,
          "member ID mismatch: member %s was called, but this address belongs to member %s"
              .formatted(text(caller.targetId()), text(self.memberId())));
    }
    return caller;
  }

  /** Whether that member, or guest, may go on sending messages. */
  void checkStream(long sender) throws RefusedException {
    if (!isStranger(sender) || !callers.has(sender)) {
      check(sender);
    }
  }

  private void check(long sender) throws RefusedException {
    if (isMember.test(sender)) {
      return;
    }
    if (wasRemoved.test(sender)) {
      throw new RefusedException(
          Refusal.REMOVED, sender, "the member has been removed from the cluster: " + text(sender));
    }
    throw new RefusedException(
        Refusal.UNKNOWN, sender, "member %s is not known here".formatted(text(sender)));
  }

  /** Ends the call of somebody that is not let in. */
  void refuse(ServerCall<?, ?> call, RefusedException refusal) {
    Object address = call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
    if (isNews(refusal)) {
      LOG.log(
          Level.WARNING,
          "refused member {0} at {1}: {2}",
          text(refusal.senderId()),
          address,
          refusal.reason());
    }
    call.close(refusal.refusal().status(refusal.reason()), refusal.refusal().trailers());
  }

  /** To be said of whom was let in, so that the next refusal is news again. */
  void admitted(long sender) {
    boolean wasRefused;
    synchronized (refused) {
      wasRefused = refused.remove(sender) != null;
    }
    if (wasRefused) {
      LOG.log(Level.INFO, "member {0} is let in now", text(sender));
    }
  }

  /** A handler that only members reach. */
  <Q, R> ServerCallHandler<Q, R> guarding(ServerCallHandler<Q, R> handler) {
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
