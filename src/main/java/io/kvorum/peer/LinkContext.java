package io.kvorum.peer;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * What all links to other members stand on.
 *
 * @param ownUrls where this member is to be found, as its table of members has it
 * @param workers for what blocks: looking up names
 * @param resolver looks them up
 */
record LinkContext(
    PeerSockets sockets,
    PeerSettings settings,
    PeerIdentity self,
    Supplier<List<String>> ownUrls,
    Random random,
    Executor workers,
    Resolver resolver,
    Events events) {

  /** Finds an address of a host and port; blocks. */
  interface Resolver {
    InetSocketAddress resolve(PeerAddress address, int attempt) throws IOException;
  }

  /** Hears of changes, on the event loop of a link. */
  interface Events {
    void connected(long memberId);

    void disconnected(long memberId);

    /** That member says that we have been removed. */
    void removed(String reason);
  }

  /** How long to wait after so many failures in a row. */
  long backoffNanos(int failures) {
    long least = settings.minBackoff().toNanos();
    long most = settings.maxBackoff().toNanos();
    long delay = failures >= 30 ? most : Math.min(most, least << failures);
    return delay - (long) (delay * 0.5 * random.nextDouble());
  }
}
