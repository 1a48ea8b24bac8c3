package io.kvorum.sim;

import io.kvorum.model.ClusterMember;
import io.kvorum.model.Command;
import io.kvorum.model.Result;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Loses all machines of a simulated cluster but one, in the middle of their work. The survivor may
 * be about to be removed, or a learner.
 */
final class Catastrophe {
  private static final long LEARNER = 9_999;
  private static final int MOST_LEARNERS = 9;
  private static final long NANOS_PER_MILLI = 1_000_000L;

  private final Cluster cluster;
  private final Random random;
  private final MembersModel members;

  Catastrophe(Cluster cluster) {
    this.cluster = cluster;
    this.random = cluster.random();
    this.members = cluster.history().members();
  }

  /** The survivor, with all that was decided; it does not run. Null if there is none. */
  @Nullable MemberHost survivor() {
    if (random.nextInt(3) == 0) {
      addLearner();
    }
    MemberHost favourite = favourite();
    if (favourite == null || random.nextInt(3) == 0) {
      pass(random.nextInt(1_000));
    } else if (random.nextInt(3) == 0) {
      passUntilItHasAll(favourite);
    } else {
      remove(favourite);
    }
    MemberHost survivor = favourite != null && hasAll(favourite) ? favourite : anyThatHasAll();
    cluster.members().forEach(MemberHost::lose);
    if (survivor == null || survivor.logDisk().lastIndex() < cluster.history().size()) {
      return null;
    }
    count(survivor);
    return survivor;
  }

  /** It is there a little later, unless it has bad luck. */
  private void addLearner() {
    MemberLife through = cluster.anyLife();
    if (through != null) {
      String url = Cluster.peerUrl(LEARNER);
      ClusterMember learner = new ClusterMember(LEARNER, "", List.of(url), List.of(), true);
      CompletableFuture<Result> unused =
          through.numbered().propose(new Command.MemberAdd(learner, MOST_LEARNERS));
      pass(random.nextInt(5_000));
    }
  }

  /** A learner, if there is one. */
  private @Nullable MemberHost favourite() {
    boolean learns = cluster.living().stream().anyMatch(this::learns);
    List<MemberHost> living =
        cluster.living().stream().filter(member -> !learns || learns(member)).toList();
    return living.isEmpty() ? null : living.get(random.nextInt(living.size()));
  }

  private boolean learns(MemberHost member) {
    return members.learners().contains(member.id());
  }

  private void pass(int millis) {
    cluster.runUntil(cluster.schedule().getAsLong() + millis * NANOS_PER_MILLI);
  }

  private void passUntilItHasAll(MemberHost member) {
    for (int millis = 1_000; millis > 0 && !hasAll(member); millis--) {
      pass(1);
    }
  }

  /** Until the member knows that it was removed, or just has in its log what may come to be. */
  private void remove(MemberHost member) {
    MemberLife through = cluster.anyLife();
    if (through == null) {
      return;
    }
    CompletableFuture<Result> unused =
        through.numbered().propose(new Command.MemberRemove(member.id()));
    boolean isToBeDecided = random.nextBoolean();
    for (int millis = 1_000; millis > 0; millis--) {
      boolean isRemoved = members.removed().contains(member.id());
      boolean isUndecided = member.logDisk().lastIndex() > cluster.history().size();
      if (hasAll(member) && (isToBeDecided ? isRemoved : isUndecided)) {
        return;
      }
      pass(1);
    }
  }

  private @Nullable MemberHost anyThatHasAll() {
    List<MemberHost> all = cluster.members().stream().filter(this::hasAll).toList();
    return all.isEmpty() ? null : all.get(random.nextInt(all.size()));
  }

  private boolean hasAll(MemberHost member) {
    MemberLife life = member.life();
    return life != null && life.state().core().appliedIndex() == cluster.history().size();
  }

  private void count(MemberHost survivor) {
    ClusterCounts counts = cluster.counts();
    if (members.removed().contains(survivor.id())) {
      counts.add("survivors that had been removed");
    } else if (learns(survivor)) {
      counts.add("survivors that had only learned");
    }
    if (survivor.logDisk().lastIndex() > cluster.history().size()) {
      counts.add("survivors with something undecided");
    }
  }
}
