package io.kvorum.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testing.ServerUnderTest;
import io.kvorum.testing.SharedServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.ExtendWith;

/** Watches begin at a known revision where they can, so that no test races with their start. */
@ExtendWith(SharedServer.class)
final class EtcdctlWatchIT {

  private final Etcdctl etcdctl;
  private final String p;
  private final long before;

  EtcdctlWatchIT(ServerUnderTest server, TestInfo test) {
    etcdctl = new Etcdctl(server.endpoint());
    p = ServerUnderTest.prefix(test);
    before = etcdctl.revision();
  }

  private String fromHere() {
    return "--rev=" + (before + 1);
  }

  private void put(String name, String value) {
    etcdctl.ok("put", p + name, value);
  }

  @Test
  void aWatchSeesPutsAndDeletesInOrder() {
    try (RunningEtcdctl watch = etcdctl.start("watch", p + "a", fromHere())) {
      put("a", "1");
      put("b", "not watched");
      put("a", "2");
      etcdctl.ok("del", p + "a");
      assertThat(watch.lines(9))
          .containsExactly("PUT", p + "a", "1", "PUT", p + "a", "2", "DELETE", p + "a", "");
    }
  }

  @Test
  void aWatchOfAPrefixSeesEveryKeyBelowIt() {
    try (RunningEtcdctl watch = etcdctl.start("watch", p, "--prefix", fromHere())) {
      put("b", "1");
      put("a", "2");
      assertThat(watch.lines(6)).containsExactly("PUT", p + "b", "1", "PUT", p + "a", "2");
    }
  }

  @Test
  void aWatchOfARangeLeavesOutItsEnd() {
    try (RunningEtcdctl watch = etcdctl.start("watch", p + "a", p + "c", fromHere())) {
      put("c", "beyond");
      put("b", "within");
      assertThat(watch.lines(3)).containsExactly("PUT", p + "b", "within");
    }
  }

  @Test
  void aWatchFromAPastRevisionReplaysWhatHappenedSince() {
    put("a", "1");
    put("a", "2");
    etcdctl.ok("del", p + "a");
    put("a", "3");
    try (RunningEtcdctl watch = etcdctl.start("watch", p + "a", "--rev=" + (before + 2))) {
      assertThat(watch.lines(9))
          .containsExactly("PUT", p + "a", "2", "DELETE", p + "a", "", "PUT", p + "a", "3");
      put("a", "4");
      assertThat(watch.lines(3)).containsExactly("PUT", p + "a", "4");
    }
  }

  @Test
  void aWatchFromAFutureRevisionIsSilentUntilThen() {
    try (RunningEtcdctl watch = etcdctl.start("watch", p + "a", "--rev=" + (before + 3))) {
      put("a", "1");
      put("a", "2");
      put("a", "3");
      assertThat(watch.lines(3)).containsExactly("PUT", p + "a", "3");
    }
  }

  @Test
  void aWatchFromNowOnSeesConsecutiveEvents() {
    try (RunningEtcdctl watch = etcdctl.start("watch", p + "a")) {
      int next = 1;
      while (watch.lineWithin(100) == null) {
        put("a", String.valueOf(next++));
        assertThat(next).as("puts without an event").isLessThan(100);
      }
      assertThat(watch.line()).isEqualTo(p + "a");
      int first = Integer.parseInt(watch.line());
      put("a", String.valueOf(next));
      for (int expected = first + 1; expected <= next; expected++) {
        assertThat(watch.lines(3)).containsExactly("PUT", p + "a", String.valueOf(expected));
      }
    }
  }

  @Test
  void prevKvShowsWhatAnEventReplacedButNotForNewKeys() {
    try (RunningEtcdctl watch = etcdctl.start("watch", p + "a", "--prev-kv", fromHere())) {
      put("a", "1");
      put("a", "2");
      etcdctl.ok("del", p + "a");
      assertThat(watch.lines(3)).containsExactly("PUT", p + "a", "1");
      assertThat(watch.lines(5)).containsExactly("PUT", p + "a", "1", p + "a", "2");
      assertThat(watch.lines(5)).containsExactly("DELETE", p + "a", "2", p + "a", "");
    }
  }

  @Test
  void eventsOfATxnComeTogetherWithOneRevision() {
    try (RunningEtcdctl watch = etcdctl.start("watch", p, "--prefix", fromHere(), "-w", "json")) {
      etcdctl.okWithInput("\nput #b 1\nput #a 2\ndel #c\n\n\n".replace("#", p), "txn");
      var response = Json.object(watch.line());
      long revision = before + 1;
      assertThat(response.getAsJsonArray("Events")).hasSize(2);
      Json.assertSame(
          response.getAsJsonArray("Events"),
          ("[{'kv':{'key':'"
                  + Json.base64(p + "b")
                  + "','create_revision':#,'mod_revision':#,'version':1,'value':'MQ=='}},"
                  + "{'kv':{'key':'"
                  + Json.base64(p + "a")
                  + "','create_revision':#,'mod_revision':#,'version':1,'value':'Mg=='}}]")
              .replace("#", String.valueOf(revision)));
      assertThat(response.getAsJsonObject("Header").get("revision").getAsLong())
          .isGreaterThanOrEqualTo(revision);
    }
  }

  @Test
  void fieldsShowATombstoneWithOnlyItsKeyAndRevision() {
    put("a", "1");
    etcdctl.ok("del", p + "a");
    try (RunningEtcdctl watch =
        etcdctl.start("watch", p + "a", "--rev=" + (before + 2), "-w", "fields")) {
      watch.lineWith("\"Type\" : DELETE");
      assertThat(watch.lines(6))
          .containsExactly(
              "\"Key\" : \"" + p + "a\"",
              "\"CreateRevision\" : 0",
              "\"ModRevision\" : " + (before + 2),
              "\"Version\" : 0",
              "\"Value\" : \"\"",
              "\"Lease\" : 0");
    }
  }

  @Test
  void aDeletedRangeIsOneEventForEachKeyInOneRevision() {
    put("a", "1");
    put("b", "2");
    try (RunningEtcdctl watch = etcdctl.start("watch", p, "--prefix", "--rev=" + (before + 3))) {
      etcdctl.ok("del", p, "--prefix");
      assertThat(watch.lines(6)).containsExactly("DELETE", p + "a", "", "DELETE", p + "b", "");
    }
  }

  @Test
  void aWatchCanRunACommandForEachEvent() {
    put("a", "1");
    try (RunningEtcdctl watch =
        etcdctl.start(
            "watch",
            p + "a",
            fromHere(),
            "--",
            "sh",
            "-c",
            "echo \"$ETCD_WATCH_EVENT_TYPE $ETCD_WATCH_KEY $ETCD_WATCH_VALUE\"")) {
      assertThat(watch.lineWith("\"PUT\" ")).isEqualTo("\"PUT\" \"" + p + "a\" \"1\"");
    }
  }

  @Test
  void aWatchBelowTheCompactedRevisionIsCancelled() {
    put("a", "1");
    put("a", "2");
    etcdctl.ok("compaction", String.valueOf(before + 2));
    try (RunningEtcdctl watch = etcdctl.start("watch", p + "a", fromHere())) {
      assertThat(watch.errorWith("watch was canceled"))
          .isEqualTo("watch was canceled (etcdserver: mvcc: required revision has been compacted)");
      assertThat(watch.errorWith("Error: ")).isEqualTo("Error: watch is canceled by the server");
      assertThat(watch.awaitEnd()).isEqualTo(5);
    }
  }

  @Test
  void aWatchMayBeginAtTheCompactedRevisionItself() {
    put("a", "1");
    put("a", "2");
    etcdctl.ok("compaction", String.valueOf(before + 2));
    try (RunningEtcdctl watch = etcdctl.start("watch", p + "a", "--rev=" + (before + 2))) {
      assertThat(watch.lines(3)).containsExactly("PUT", p + "a", "2");
    }
  }

  @Test
  void oneStreamCarriesSeveralWatchesAndTellsItsProgressWhenAsked() {
    put("a", "1");
    put("b", "2");
    try (RunningEtcdctl watch = etcdctl.start("watch", "-i")) {
      watch.type("watch " + p + "a " + fromHere());
      assertThat(watch.lines(3)).containsExactly("PUT", p + "a", "1");
      watch.type("watch " + p + "b " + fromHere());
      assertThat(watch.lines(3)).containsExactly("PUT", p + "b", "2");
      long now = etcdctl.revision();
      assertThat(progress(watch)).isEqualTo("progress notify: " + now);
    }
  }

  /** The server may keep silent while a watcher is not synced, so ask again. */
  private static String progress(RunningEtcdctl watch) {
    String line = null;
    for (int attempt = 0; line == null && attempt < 50; attempt++) {
      watch.type("progress");
      line = watch.lineWithin(200);
    }
    return String.valueOf(line);
  }

  @Test
  void aWatchSeesTheKeysGoWhenTheirLeaseIsRevoked() {
    String lease = etcdctl.ok("lease", "grant", "100").split(" ")[1];
    etcdctl.ok("put", p + "b", "1", "--lease=" + lease);
    etcdctl.ok("put", p + "a", "1", "--lease=" + lease);
    try (RunningEtcdctl watch = etcdctl.start("watch", p, "--prefix", "--rev=" + (before + 3))) {
      etcdctl.ok("lease", "revoke", lease);
      assertThat(watch.lines(6)).containsExactly("DELETE", p + "a", "", "DELETE", p + "b", "");
    }
  }

  @Test
  void aThousandEventsArriveCompletelyAndInOrder() {
    StringBuilder input = new StringBuilder();
    try (RunningEtcdctl watch = etcdctl.start("watch", p, "--prefix", fromHere())) {
      for (int txn = 0; txn < 10; txn++) {
        input.setLength(0);
        input.append('\n');
        for (int i = 0; i < 100; i++) {
          input.append("put ").append(p).append(txn).append('-').append(i).append(" v\n");
        }
        etcdctl.okWithInput(input.append("\n\n").toString(), "txn");
      }
      for (int event = 0; event < 1000; event++) {
        assertThat(watch.lines(3)).containsExactly("PUT", p + event / 100 + "-" + event % 100, "v");
      }
    }
  }
}
