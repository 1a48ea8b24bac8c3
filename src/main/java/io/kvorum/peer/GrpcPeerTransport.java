package io.kvorum.peer;

import static io.kvorum.peer.PeerIdentity.text;

import io.grpc.Channel;
import io.grpc.Server;
import io.kvorum.consensus.PeerMessage;
import io.kvorum.consensus.PeerTransport;
import io.kvorum.model.ClusterMember;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The sockets of {@code --listen-peer-urls}, and the ways to the other members: one stream of
 * messages to each, opened again whenever it breaks.
 *
 * <p>A few event loops do all of it; what blocks (looking up names, reading the state) has threads
 * of its own. Thread-safe; starts and stops once.
 *
 * <p>Members tell who they are in the metadata of their calls, and are believed: see {@link Gate}.
 */
public final class GrpcPeerTransport implements PeerTransport, AutoCloseable {
  private static final System.Logger LOG = System.getLogger(GrpcPeerTransport.class.getName());
  private static final int EVENT_LOOPS = 2;
  private static final long GRACE_SECONDS = 1;

  private static final Receiver NOBODY =
      new Receiver() {
        @Override
        public void received(long senderId, PeerMessage message, int bytes, Credit credit) {
          credit.taken(bytes);
        }

        @Override
        public void connected(long memberId) {}

        @Override
        public void disconnected(long memberId) {}
      };

  private final PeerSettings settings;
  private final PeerIdentity self;
  private final PeerSockets sockets;
  private final ExecutorService workers =
      Executors.newCachedThreadPool(PeerThreads.named("worker"));
  private final TransferMeter transfers = new TransferMeter();
  private final AtomicReference<List<String>> ownUrls = new AtomicReference<>(List.of());
  private final LinkContext context;
  private final PeerLinks links;
  private final Gate gate;
  private final PeerStreams inbox;
  private final AtomicBoolean isRemoved = new AtomicBoolean();
  private volatile Receiver receiver = NOBODY;
  private volatile RemovedMembers removed = RemovedMembers.NONE;

  // Under the lock.
  private @Nullable Server server;
  private boolean isClosed;

  /**
   * @param random spreads the attempts to reach a member
   */
  public GrpcPeerTransport(PeerSettings settings, PeerIdentity self, Random random) {
    this.settings = settings;
    this.self = self;
    this.sockets = new PeerSockets(settings, EVENT_LOOPS);
    this.context =
        new LinkContext(
            sockets,
            settings,
            self,
            ownUrls::get,
            random,
            workers,
            PeerAddress::resolve,
            new LinkEvents());
    this.links = new PeerLinks(context, this::wasRemoved, this::hears);
    this.gate = new Gate(self, links::isMember, this::wasRemoved, links);
    this.inbox =
        new PeerStreams(
            gate, links::meter, new InboxEvents(), sockets, settings.keepAliveInterval());
  }

  /**
   * Opens the links to the members, and listens. Before this the transport reaches nobody.
   *
   * @param services answers the requests of other members
   * @param removedMembers asked from now on
   * @param members as {@link #update} takes them
   * @throws IOException if an address cannot be listened on
   */
  public synchronized void start(
      PeerServices services, RemovedMembers removedMembers, Collection<ClusterMember> members)
      throws IOException {
    for (InetSocketAddress address : settings.addresses()) {
      if (address.isUnresolved()) {
        throw new IOException("cannot listen for peers on " + address + ": unknown host");
      }
    }
    removed = removedMembers;
    update(members);
    PeerService service =
        new PeerService(
            gate,
            inbox,
            new PeerAnswers(services),
            new SnapshotSender(
                services.state(), workers, transfers.sending, settings.stallTimeout()));
    try {
      server = sockets.newServer(settings.addresses(), service.definition()).start();
    } catch (IOException failure) {
      Throwable cause = failure.getCause() == null ? failure : failure.getCause();
      throw new IOException(
          "cannot listen on the peer addresses " + settings.addresses() + ": " + cause.getMessage(),
          failure);
    }
    LOG.log(Level.INFO, "member {0} listens for peers on {1}", text(self.memberId()), addresses());
  }

  /** The addresses that are listened on, with the ports that the system chose. */
  public synchronized List<InetSocketAddress> addresses() {
    List<InetSocketAddress> addresses = new ArrayList<>();
    if (server != null) {
      for (SocketAddress address : server.getListenSockets()) {
        addresses.add((InetSocketAddress) address);
      }
    }
    return addresses;
  }

  /** Who belongs to the cluster from now on: ways are opened, moved and closed accordingly. */
  public synchronized void update(Collection<ClusterMember> cluster) {
    if (isClosed) {
      return;
    }
    Map<Long, ClusterMember> others = new HashMap<>();
    for (ClusterMember member : cluster) {
      if (member.id() == self.memberId()) {
        ownUrls.set(member.peerUrls());
      } else {
        others.put(member.id(), member);
      }
    }
    links.update(others);
    inbox.review();
  }

  @Override
  public boolean send(long memberId, PeerMessage message) {
    PeerLink link = links.to(memberId);
    return link != null && link.send(message);
  }

  @Override
  public boolean isReachable(long memberId) {
    PeerLink link = links.to(memberId);
    return link != null && link.isReachable();
  }

  /** Whether the way to the member is open, and has not broken for at least that long. */
  public boolean isConnectedFor(long memberId, Duration atLeast) {
    return links.isConnectedFor(memberId, atLeast);
  }

  @Override
  public void deliverTo(Receiver newReceiver) {
    receiver = newReceiver;
  }

  /** What has been sent and received. */
  public PeerStats stats() {
    return new PeerStats(links.stats(), transfers.stats());
  }

  /** Stops listening, and ends all ways. */
  @Override
  public synchronized void close() {
    if (isClosed) {
      return;
    }
    isClosed = true;
    receiver = NOBODY;
    links.close();
    inbox.close();
    if (server != null) {
      server.shutdownNow();
    }
    awaitWorkers();
    sockets.close();
  }

  /** Those that send the state find their calls cancelled; an interrupt would hurt the database. */
  private void awaitWorkers() {
    workers.shutdown();
    try {
      if (!workers.awaitTermination(GRACE_SECONDS, TimeUnit.SECONDS)) {
        LOG.log(Level.WARNING, "a worker of the peer port is still busy while the port closes");
      }
    } catch (InterruptedException interrupted) {
      LOG.log(Level.WARNING, "interrupted while the peer port was closing");
      Thread.currentThread().interrupt();
    }
  }

  PeerSettings settings() {
    return settings;
  }

  PeerIdentity self() {
    return self;
  }

  LinkContext context() {
    return context;
  }

  TransferMeter transfers() {
    return transfers;
  }

  /** Where that member is; nowhere if it is unknown. */
  List<String> urlsOf(long memberId) {
    return links.urlsOf(memberId);
  }

  /** A channel to that member for single calls; null if the way is not open. */
  @Nullable Channel channelTo(long memberId) {
    PeerLink link = links.to(memberId);
    return link == null ? null : link.openChannel();
  }

  private boolean wasRemoved(long memberId) {
    return removed.wasRemoved(memberId);
  }

  private boolean hears(long memberId) {
    return inbox.hears(memberId);
  }

  private final class LinkEvents implements LinkContext.Events {
    @Override
    public void connected(long memberId) {
      receiver.connected(memberId);
    }

    @Override
    public void disconnected(long memberId) {
      receiver.disconnected(memberId);
    }

    @Override
    public void removed(String reason) {
      if (isRemoved.compareAndSet(false, true)) {
        LOG.log(Level.ERROR, "this member is told that it does not belong here: {0}", reason);
        removed.onRemoved();
      }
    }
  }

  private final class InboxEvents implements PeerStreams.Events {
    @Override
    public void received(long senderId, PeerMessage message, int bytes, Credit credit) {
      receiver.received(senderId, message, bytes, credit);
    }

    @Override
    public void seen(long senderId) {
      PeerLink link = links.to(senderId);
      if (link != null) {
        link.retryNow();
      }
    }
  }
}
