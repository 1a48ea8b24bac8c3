package io.kvorum.boot;

import io.kvorum.apply.Applier;
import io.kvorum.consensus.Consensus;
import io.kvorum.derby.HistoryDirectories;
import io.kvorum.lease.LeaseClock;
import io.kvorum.membership.MemberPromotion;
import io.kvorum.membership.MemberTable;
import io.kvorum.model.ClusterMember;
import io.kvorum.mvcc.MvccStore;
import io.kvorum.mvcc.RevisionHistory;
import io.kvorum.mvcc.SnapshotStaging;
import io.kvorum.mvcc.StoreSnapshot;
import io.kvorum.peer.ClusterDescription;
import io.kvorum.peer.GrpcPeerTransport;
import io.kvorum.peer.PeerIdentity;
import io.kvorum.peer.PeerServices;
import io.kvorum.peer.PeerSettings;
import io.kvorum.peer.PeerSnapshotTransfer;
import io.kvorum.peer.PeerStats;
import io.kvorum.peer.RemoteLeaseClock;
import io.kvorum.peer.RemotePromotion;
import io.kvorum.peer.RemovedMembers;
import io.kvorum.peer.SnapshotSource;
import io.kvorum.peer.SnapshotTarget;
import io.kvorum.service.Identity;
import io.kvorum.service.Services;
import io.kvorum.service.Version;
import io.kvorum.watch.WatchHub;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongPredicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The member among the others: what they hear from it and may ask of it, and how a whole state
 * comes from one of them. Thread-safe, but for {@link #start} and {@link #close}.
 */
final class ClusterLink implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(ClusterLink.class.getName());
  private static final long READING_PATIENCE_SECONDS = 30;

  /** For a leader that was removed to hand over, and for whom it removed to hear of it. */
  private static final long FAREWELL_SECONDS = 2;

  /** The parts of the core that the others get to see, or to replace. */
  record Core(MvccStore store, Applier applier, WatchHub hub, MemberTable members) {}

  private final Identity identity;
  private final Core core;
  private final HistoryDirectories directories;
  private final UnaryOperator<RevisionHistory> meter;
  private final Supplier<Consensus> consensus;
  private final Runnable onRemoved;
  private final GrpcPeerTransport transport;
  private final PeerSnapshotTransfer transfer;

  /** Under the lock: the members, and former ones to which the way is still open. */
  private Map<Long, ClusterMember> connected = Map.of();

  /**
   * @param consensus made after this, and there before {@link #start}
   * @param meter wraps the history that another member's state goes to
   * @param onRemoved told once, on any thread, that this member belongs to the cluster no more
   */
  ClusterLink(
      PeerSettings settings,
      Identity identity,
      Core core,
      HistoryDirectories directories,
      UnaryOperator<RevisionHistory> meter,
      Supplier<Consensus> consensus,
      Runnable onRemoved) {
    this.identity = identity;
    this.core = core;
    this.directories = directories;
    this.meter = meter;
    this.consensus = consensus;
    this.onRemoved = onRemoved;
    this.transport =
        new GrpcPeerTransport(
            settings, new PeerIdentity(identity.clusterId(), identity.memberId()), new Random());
    this.transfer = new PeerSnapshotTransfer(transport, new OwnPlace());
  }

  GrpcPeerTransport transport() {
    return transport;
  }

  PeerSnapshotTransfer transfer() {
    return transfer;
  }

  PeerStats stats() {
    return transport.stats();
  }

  /** The others, as the services see them. */
  Services.Others others() {
    return new Services.Others(
        transport::isConnectedFor,
        new RemoteLeaseClock(transport, this::leaderElsewhere),
        new RemotePromotion(transport, this::leaderElsewhere));
  }

  /**
   * Opens the links to the others, and follows the table of members from now on.
   *
   * @param leases answers other members if this one is the leader
   * @param promotion likewise
   * @throws IOException if an address cannot be listened on
   */
  void start(LeaseClock leases, MemberPromotion promotion) throws IOException {
    transport.start(
        new PeerServices(this::description, leases, promotion, new OwnState()),
        new OwnRemoval(),
        core.members().members());
    core.members().onChange(this::membersChanged);
    membersChanged();
  }

  /** The way to a member that was removed stays open for a moment. */
  private void membersChanged() {
    if (followMembers(former -> true)) {
      reviewLater();
    }
  }

  private void reviewLater() {
    CompletableFuture.delayedExecutor(FAREWELL_SECONDS, TimeUnit.SECONDS)
        .execute(
            () -> {
              if (followMembers(former -> consensus.get().isVoter(former))) {
                reviewLater();
              }
            });
  }

  /**
   * @param stays whether the way to a former member is to stay open
   * @return whether one does
   */
  private synchronized boolean followMembers(LongPredicate stays) {
    Map<Long, ClusterMember> next = new TreeMap<>();
    connected.forEach(
        (id, member) -> {
          if (stays.test(id)) {
            next.put(id, member);
          }
        });
    List<ClusterMember> members = core.members().members();
    members.forEach(member -> next.put(member.id(), member));
    connected = next;
    transport.update(next.values());
    return next.size() > members.size();
  }

  private long leaderElsewhere() {
    long leader = consensus.get().status().leaderId();
    return leader == identity.memberId() ? 0 : leader;
  }

  private ClusterDescription description() {
    var status = consensus.get().status();
    return new ClusterDescription(
        identity.clusterId(),
        identity.memberId(),
        status.leaderId(),
        status.term(),
        core.members().members(),
        Version.SERVER);
  }

  @Override
  public void close() {
    transfer.close();
    transport.close();
  }

  /** The state, for a member that lacks it. */
  private final class OwnState implements SnapshotSource {
    @Override
    public StoreSnapshot open(long atLeastIndex) throws IOException {
      CompletableFuture<StoreSnapshot> opening = core.store().openSnapshot(atLeastIndex);
      try {
        return opening.get(READING_PATIENCE_SECONDS, TimeUnit.SECONDS);
      } catch (TimeoutException e) {
        opening.cancel(false);
        throw new IOException("the state did not get to entry " + atLeastIndex + " in time", e);
      } catch (InterruptedException e) {
        opening.cancel(false);
        Thread.currentThread().interrupt();
        throw new IOException("interrupted while opening the state", e);
      } catch (ExecutionException e) {
        throw new IOException("the state cannot be opened: " + e.getMessage(), e);
      }
    }
  }

  private final class OwnRemoval implements RemovedMembers {
    @Override
    public boolean wasRemoved(long memberId) {
      return core.members().wasRemoved(memberId) && !consensus.get().isVoter(memberId);
    }

    @Override
    public void onRemoved() {
      onRemoved.run();
    }
  }

  /** Where another member's state goes. */
  private final class OwnPlace implements SnapshotTarget {
    private final DirectoryStagingArea place =
        new DirectoryStagingArea(directories, history -> core.store().stage(meter.apply(history)));

    @Override
    public SnapshotStaging open() {
      return place.open();
    }

    @Override
    public boolean clear() throws IOException {
      return place.clear();
    }

    /** On the engine thread: what readers may still hold open is deleted later, elsewhere. */
    @Override
    public void install(SnapshotStaging store) throws IOException {
      core.applier().install(store);
      directories.makeCurrent();
      core.hub().restored();
      core.store().formerHistoriesClosed().whenCompleteAsync((closed, failure) -> clear(failure));
    }

    private void clear(@Nullable Throwable failure) {
      try {
        if (failure != null) {
          throw new IOException("the former history was not closed", failure);
        }
        directories.deleteFormer();
      } catch (IOException e) {
        LOG.log(Level.WARNING, "the former history is deleted at the next start", e);
      }
    }
  }
}
