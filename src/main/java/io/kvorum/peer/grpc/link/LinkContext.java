package io.kvorum.peer.grpc.link;

import io.kvorum.peer.PeerIdentity;
import io.kvorum.peer.PeerSettings;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executor;
import java.util.function.LongFunction;
import java.util.function.Supplier;

/**
 * Holds what the links to all other members share: sockets, settings, this member's identity.
 *
 * <p>Held by: PeerLinkTest.
 *
 * @param names of members, for log lines
 * @param ownUrls the peer URLs of this member, according to its table of members
 * @param workers run blocking work: resolving names
 * @param resolver resolves names
 */
public record LinkContext(
    PeerSockets sockets,
    PeerSettings settings,
    PeerIdentity self,
    LongFunction<String> names,
    Supplier<List<String>> ownUrls,
    Random random,
    Executor workers,
    Resolver resolver,
    Events events) {

  /** Resolves a host and port; blocks. */
  public interface Resolver {
    InetSocketAddress resolve(PeerAddress address, int attempt) throws IOException;
  }

  /** Gets the changes of links, on the event loop of each. */
  public interface Events {
    void connected(long memberId);

    void disconnected(long memberId);

    /** A peer reports that this member has been removed from the cluster. */
    void removed(String reason);
  }

  /** Names a member in log lines. */
  public String nameOf(long memberId) {
    return names.apply(memberId);
  }

  /**
   * The delay after that many consecutive failures: doubles up to the maximum, less a random part
   * of up to a half.
   */
  public long backoffNanos(int failures) {
    long least = settings.minBackoff().toNanos();
    long most = settings.maxBackoff().toNanos();
    long delay = failures >= 30 ? most : Math.min(most, least << failures);
    return delay - (long) (delay * 0.5 * random.nextDouble());
  }
}
