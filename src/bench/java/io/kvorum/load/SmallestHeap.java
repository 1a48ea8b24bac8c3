package io.kvorum.load;

import io.kvorum.testing.ServerKind;
import io.kvorum.testing.ServerProcess;
import java.io.IOException;
import java.util.List;

/**
 * Searches for the smallest heap in which a member with given data starts, answers a load without a
 * failure, and spends less than a quarter of the time in collections of garbage. Not thread-safe.
 */
final class SmallestHeap {

  /** In MiB; the first is the least that the launcher accepts. */
  private static final int[] LADDER = {
    96, 112, 128, 160, 192, 256, 320, 384, 512, 640, 768, 1024, 1280, 1536, 2048, 3072, 4096
  };

  private static final double MOST_PAUSED = 0.25;

  private final StartServers.Place place;
  private final StartServers servers;
  private final Network network;
  private final List<String> load;

  /**
   * A search.
   *
   * @param load arguments of the load that must work
   */
  SmallestHeap(StartServers.Place place, StartServers servers, Network network, List<String> load) {
    this.place = place;
    this.servers = servers;
    this.network = network;
    this.load = List.copyOf(load);
  }

  /** In MiB, one of a ladder; the data may have grown by what the load has written. */
  int find() throws InterruptedException {
    int low = 0;
    int high = LADDER.length - 1;
    while (low < high) {
      int middle = (low + high) / 2;
      if (works(LADDER[middle])) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return LADDER[high];
  }

  private boolean works(int mebibytes) throws InterruptedException {
    String said = "works";
    try {
      String complaint = attempt(mebibytes);
      said = complaint.isEmpty() ? said : complaint;
    } catch (IOException | IllegalStateException e) {
      said = String.valueOf(e.getMessage()).lines().findFirst().orElse("failed");
    }
    System.out.printf("  a heap of %d MiB: %s%n", mebibytes, said);
    return said.equals("works");
  }

  private String attempt(int mebibytes) throws IOException, InterruptedException {
    ServerProcess server = servers.withJvmArgs("-Xmx" + mebibytes + "m").launch(place);
    try {
      server.awaitReady();
      double before = JvmTools.pausedSeconds(server.pid());
      long start = System.nanoTime();
      LoadResult result =
          new Contender(ServerKind.KVORUM, List.of(server), network).load("trial", load);
      double seconds = (System.nanoTime() - start) / 1e9;
      double paused = (JvmTools.pausedSeconds(server.pid()) - before) / seconds;
      System.out.printf(
          "  %.0f operations a second, %.1f %% of the time in collections%n",
          result.perSecond(), 100 * paused);
      if (result.errors() > 0) {
        return "errors, the first: " + result.firstError();
      }
      return paused < MOST_PAUSED ? "" : "too busy with collections";
    } finally {
      server.kill();
    }
  }
}
