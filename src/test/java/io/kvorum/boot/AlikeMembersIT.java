package io.kvorum.boot;

import static io.kvorum.boot.ThreeMembers.SOON;
import static io.kvorum.boot.ThreeMembers.alarmsOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.model.Bytes;
import io.kvorum.model.Command;
import io.kvorum.model.KeyRange;
import io.kvorum.model.RequestException;
import io.kvorum.service.Services;
import io.kvorum.support.Futures;
import io.kvorum.testing.Await;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Members whose stores are compared all the time while they write, delete, compact, defragment,
 * restart and lead in turn: none is ever taken for corrupt, which would stop all writers.
 */
@Timeout(180)
final class AlikeMembersIT {
  private static final Map<String, String> CHECKS =
      Map.of(
          "corrupt-check-time",
          "20ms",
          "compact-hash-check-time",
          "20ms",
          "feature-gates",
          "InitialCorruptCheck=true,CompactHashCheck=true");
  private static final int ROUNDS = 12;
  private static final int WRITES = 60;

  @TempDir private Path directory;

  @Test
  void nobodyIsTakenForCorrupt() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    int hashedCompactions = 0;
    try (ThreeMembers cluster = new ThreeMembers(directory)) {
      cluster.found(CHECKS);
      for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < WRITES; i++) {
          write(cluster, random);
        }
        compact(cluster);
        disturb(cluster, random, round);
        hashedCompactions += cluster.leader().services().store().compactionHashes().size();
        for (Member member : cluster.running()) {
          assertThat(alarmsOf(member)).as("seed %d", seed).isEmpty();
        }
      }
      Services leading = cluster.leader().services();
      leading.corruptionChecks().compareStores().get(30, TimeUnit.SECONDS);
      leading.corruptionChecks().compareCompactions().get(30, TimeUnit.SECONDS);
      assertThat(alarmsOf(cluster.leader())).as("seed %d", seed).isEmpty();
    }
    assertThat(hashedCompactions).as("hashes of compactions, seed %d", seed).isPositive();
  }

  private static void write(ThreeMembers cluster, Random random) throws Exception {
    Bytes key = Bytes.utf8("key" + random.nextInt(20));
    Services services = cluster.running().get(random.nextInt(cluster.running().size())).services();
    if (random.nextInt(4) == 0) {
      await(() -> services.kv().deleteRange(new Command.DeleteRange(KeyRange.single(key), false)));
    } else {
      Bytes value = Bytes.utf8("value" + random.nextLong());
      await(() -> services.kv().put(Command.Put.of(key, value)));
    }
  }

  private static void compact(ThreeMembers cluster) throws Exception {
    Member leader = cluster.leader();
    await(() -> leader.services().kv().compact(leader.store().revision() - 5, false));
  }

  private static void disturb(ThreeMembers cluster, Random random, int round) throws Exception {
    Member some = cluster.running().get(random.nextInt(3));
    switch (round % 3) {
      case 0 -> {
        cluster.stop(some);
        write(cluster, random);
        int index = Integer.parseInt(some.members().nameOf(idOf(some)).substring(1, 2)) - 1;
        Member again = cluster.start(index, CHECKS);
        long revision = cluster.leader().store().revision();
        Await.until("what it missed", SOON, () -> again.store().revision() >= revision);
      }
      case 1 -> some.services().store().defragment().get(30, TimeUnit.SECONDS);
      default -> {
        long target = idOf(some);
        await(() -> cluster.leader().services().maintenance().moveLeader(target));
      }
    }
  }

  private static long idOf(Member member) {
    return member.services().headers().at(0).memberId();
  }

  /** What is refused or lost while leadership moves is not what this is about. */
  private static <T> void await(Supplier<CompletableFuture<T>> call) throws Exception {
    try {
      T unused = Futures.attempt(call).get(30, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      assertThat(Futures.cause(e)).isInstanceOf(RequestException.class);
    }
  }
}
