package io.kvorum.peer.grpc;

import io.grpc.Channel;
import io.grpc.Server;
import io.kvorum.consensus.PeerMessage;
import io.kvorum.consensus.PeerTransport;
import io.kvorum.model.ClusterMember;
import io.kvorum.peer.PeerIdentity;
import io.kvorum.peer.PeerServices;
import io.kvorum.peer.PeerSettings;
import io.kvorum.peer.PeerStats;
import io.kvorum.peer.RemovedMembers;
import io.kvorum.peer.grpc.link.Gate;
import io.kvorum.peer.grpc.link.LinkContext;
import io.kvorum.peer.grpc.link.PeerAddress;
import io.kvorum.peer.grpc.link.PeerLink;
import io.kvorum.peer.grpc.link.PeerLinks;
import io.kvorum.peer.grpc.link.PeerSockets;
import io.kvorum.peer.grpc.link.PeerStreams;
import io.kvorum.peer.grpc.snapshot.SnapshotSender;
import io.kvorum.peer.grpc.snapshot.TransferMeter;
import io.kvorum.support.Log;
import io.kvorum.tls.PeerTls;
import io.netty.util.NetUtil;
import java.io.IOException;
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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Connects the members of a cluster by gRPC: listens on {@code --listen-peer-urls}, and keeps one
 * stream of messages open to each other member.
 *
 * <p>Two event loops do all of it; blocking work (resolving names, reading snapshots) has threads
 * of its own. Thread-safe; starts and stops once.
 *
 * <p>Members identify themselves in the metadata of their calls, and are trusted: see {@link Gate}.
 *
 * <p>Held by: GrpcPeerTransportTest, PeerBoundsTest, PeerMovesTest, PeerRefusalTest,
 * UnlistedCallersTest.
 */
public final class GrpcPeerTransport implements PeerTransport, AutoCloseable {
  private static final Log LOG = Log.of(GrpcPeerTransport.class);
  private static final int EVENT_LOOPS = 2;
  private static final long GRACE_SECONDS = 1;

  private static final Receiver NO_RECEIVER =
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
  private final ExecutorService workers = PeerSockets.newWorkers("worker");
  private final TransferMeter transfers = new TransferMeter();
  private final AtomicReference<List<String>> ownUrls = new AtomicReference<>(List.of());
  private final LinkContext context;
  private final PeerLinks links;
  private final Gate gate;
  private final PeerStreams streams;
  private final AtomicBoolean isRemoved = new AtomicBoolean();
  private volatile Receiver receiver = NO_RECEIVER;
  private volatile RemovedMembers removed = RemovedMembers.NONE;

  // Under the lock.
  private @Nullable Server server;
  private boolean isClosed;

  /**
   * @param tls is the caller's to close, after this
   * @param names of members, for log lines
   * @param random spreads the attempts to reach a member
   */
  public GrpcPeerTransport(
      PeerSettings settings,
      PeerTls tls,
      PeerIdentity self,
      LongFunction<String> names,
      Random random) {
    this.settings = settings;
    this.self = self;
    this.sockets = new PeerSockets(settings, tls, EVENT_LOOPS);
    this.context =
        new LinkContext(
            sockets,
            settings,
            self,
            names,
            ownUrls::get,
            random,
            workers,
            PeerAddress::resolve,
            new LinkEvents());
    this.links = new PeerLinks(context, this::wasRemoved, this::hasStream);
    this.gate = new Gate(self, names, links::isMember, this::wasRemoved, links);
    this.streams =
        new PeerStreams(
            gate, links::meter, new StreamEvents(), sockets, settings.keepAliveInterval());
  }

  /**
   * Opens the links to the members, and listens. Before this, no member is reachable.
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
            streams,
            new SnapshotSender(services.snapshots(), context, transfers.sending),
            services);
    try {
      server = sockets.newServer(settings.addresses(), service.definition()).start();
    } catch (IOException failure) {
      Throwable cause = failure.getCause() == null ? failure : failure.getCause();
      throw new IOException(
          "cannot listen on the peer addresses " + settings.addresses() + ": " + cause.getMessage(),
          failure);
    }
    LOG.info(
        "member {} listening for peers on {}",
        context.nameOf(self.memberId()),
        addresses().stream().map(NetUtil::toSocketAddressString).toList());
  }

  /** The listening addresses, with the ports that the system chose. */
  public synchronized List<InetSocketAddress> addresses() {
    List<InetSocketAddress> addresses = new ArrayList<>();
    if (server != null) {
      for (SocketAddress address : server.getListenSockets()) {
        addresses.add((InetSocketAddress) address);
      }
    }
    return addresses;
  }

  /** Replaces the table of members: links are opened, moved and closed accordingly. */
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
    streams.review();
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

  /** Whether the link to the member is open, and has been for at least that long. */
  public boolean isConnectedFor(long memberId, Duration atLeast) {
    return links.isConnectedFor(memberId, atLeast);
  }

  @Override
  public void deliverTo(Receiver newReceiver) {
    receiver = newReceiver;
  }

  /** Statistics of traffic and snapshot transfers. */
  public PeerStats stats() {
    return new PeerStats(links.stats(), transfers.stats());
  }

  /** Stops listening, and closes all links. */
  @Override
  public synchronized void close() {
    if (isClosed) {
      return;
    }
    isClosed = true;
    receiver = NO_RECEIVER;
    links.close();
    streams.close();
    if (server != null) {
      server.shutdownNow();
    }
    awaitWorkers();
    sockets.close();
  }

  /** Senders of snapshots see their calls cancelled; an interrupt would damage the database. */
  private void awaitWorkers() {
    workers.shutdown();
    try {
      if (!workers.awaitTermination(GRACE_SECONDS, TimeUnit.SECONDS)) {
        LOG.warning("a worker of the peer port is still busy while the port closes");
      }
    } catch (InterruptedException interrupted) {
      LOG.warning("interrupted while the peer port was closing");
      Thread.currentThread().interrupt();
    }
  }

  PeerSettings settings() {
    return settings;
  }

  PeerIdentity self() {
    return self;
  }

  /** Shared with snapshot transfers. */
  LinkContext context() {
    return context;
  }

  TransferMeter transfers() {
    return transfers;
  }

  /** The peer URLs of that member; empty if it is unknown. */
  List<String> urlsOf(long memberId) {
    return links.urlsOf(memberId);
  }

  /** A channel to that member for unary calls; null if the link is not open. */
  @Nullable Channel channelTo(long memberId) {
    PeerLink link = links.to(memberId);
    return link == null ? null : link.openChannel();
  }

  private boolean wasRemoved(long memberId) {
    return removed.wasRemoved(memberId);
  }

  private boolean hasStream(long memberId) {
    return streams.hasStream(memberId);
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
        LOG.error("removed from the cluster (reported by a peer): {}", reason);
        removed.onRemoved();
      }
    }
  }

  private final class StreamEvents implements PeerStreams.Events {
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
