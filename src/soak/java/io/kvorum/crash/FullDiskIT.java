package io.kvorum.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.StatusRuntimeException;
import io.kvorum.testing.Ports;
import io.kvorum.testing.ServerProcess;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The real launcher on a file system that fills up, and is enlarged then. */
@Timeout(900)
final class FullDiskIT {
  private static final int WRITERS = 4;
  private static final int VALUE_BYTES = 24_000;
  private static final int WRITES_AT_MOST = 20_000;

  @TempDir private Path disk;
  private SmallDisk small;

  @BeforeEach
  void mountASmallDisk() throws Exception {
    small = SmallDisk.mount(disk, "64m");
  }

  @AfterEach
  void unmount() throws Exception {
    small.close();
  }

  @Test
  void aFullDiskStopsTheMemberAndOnceThereIsSpaceEveryAcknowledgedWriteIsThere() throws Exception {
    URI client = Ports.freeUrl();
    Journal journal = new Journal();
    try (ServerProcess member = start(client)) {
      member.awaitReady();
      writeUntilTheEnd(client, journal);
      assertThat(member.awaitExit()).isEqualTo(1);
      assertThat(member.complaints()).hasSize(1);
      assertThat(member.complaints().get(0))
          .contains("Z error OwnProcess: ")
          .contains(disk.resolve("m").toString())
          .containsIgnoringCase("no space left on device");
    }
    assertThat(journal.acknowledged()).hasSizeGreaterThan(100);

    small.resize("512m");
    try (ServerProcess member = start(client);
        Client reader = new Client(client)) {
      member.awaitReady();
      new Inspection().inspect(reader, journal);
      reader.perform(new Write.Put("after", "there is space again", 0));
      assertThat(member.terminate()).isZero();
    }
  }

  private ServerProcess start(URI client) throws IOException {
    return ServerProcess.kvorum(
        "--data-dir",
        disk.resolve("m").toString(),
        "--listen-client-urls",
        client.toString(),
        "--kvorum-admin-url=" + Ports.freeUrl());
  }

  private static void writeUntilTheEnd(URI endpoint, Journal journal) throws InterruptedException {
    List<Thread> writers = new ArrayList<>();
    for (int i = 0; i < WRITERS; i++) {
      String name = "w" + i;
      Random random = new Random(i);
      writers.add(new Thread(() -> write(endpoint, journal, name, random), "writer " + i));
    }
    writers.forEach(Thread::start);
    for (Thread writer : writers) {
      writer.join(TimeUnit.MINUTES.toMillis(5));
      assertThat(writer.isAlive()).as("%s still runs", writer.getName()).isFalse();
    }
  }

  private static void write(URI endpoint, Journal journal, String name, Random random) {
    try (Client client = new Client(endpoint)) {
      for (int i = 0; i < WRITES_AT_MOST; i++) {
        byte[] letters = new byte[VALUE_BYTES];
        for (int at = 0; at < letters.length; at++) {
          letters[at] = (byte) ('a' + random.nextInt(26));
        }
        String value = name + "/" + i + new String(letters, StandardCharsets.US_ASCII);
        Write put = new Write.Put(name + "/" + i, value, 0);
        try {
          journal.acknowledged(put, client.perform(put).revision());
        } catch (StatusRuntimeException e) {
          // Whether it happened is open, whatever the answer: the flush is what failed.
          journal.unanswered(put);
          return;
        }
      }
    }
  }
}
