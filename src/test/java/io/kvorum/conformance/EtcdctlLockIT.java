package io.kvorum.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testing.Await;
import io.kvorum.testing.ServerUnderTest;
import io.kvorum.testing.SharedServer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * etcdctl keeps its locks itself, with the same keys, so it stands in one queue with the server's.
 */
@ExtendWith(SharedServer.class)
final class EtcdctlLockIT {
  private final Etcdctl etcdctl;
  private final ServerUnderTest server;
  private final String name;

  EtcdctlLockIT(ServerUnderTest server, TestInfo test) {
    this.server = server;
    etcdctl = new Etcdctl(server.endpoint());
    name = ServerUnderTest.prefix(test) + "l";
  }

  @Test
  void aLockOfEtcdctlPassesToTheNextWhenItIsInterrupted() {
    try (RunningEtcdctl second = afterTheFirst()) {
      assertThat(second.line()).startsWith(name + "/");
    }
    assertThat(etcdctl.ok("get", name, "--prefix")).isEmpty();
  }

  /** A second call, once the first has held the lock and has been interrupted. */
  private RunningEtcdctl afterTheFirst() {
    try (RunningEtcdctl first = etcdctl.start("lock", name)) {
      String held = first.line();
      assertThat(held).startsWith(name + "/");
      RunningEtcdctl second = etcdctl.start("lock", name);
      assertThat(second.lineWithin(500)).as("while the first holds it").isNull();
      return second;
    }
  }

  @Test
  void aCommandRunsWhileTheLockIsHeld() {
    assertThat(etcdctl.ok("lock", name, "echo", "held")).isEqualTo("held\n");
  }

  @Test
  void anElectionOfEtcdctlIsWonAndListenedTo() {
    try (RunningEtcdctl candidate = etcdctl.start("elect", name, "v1")) {
      assertThat(candidate.line()).startsWith(name + "/");
      assertThat(candidate.line()).isEqualTo("v1");
      try (RunningEtcdctl listener = etcdctl.start("elect", "--listen", name)) {
        assertThat(listener.line()).startsWith(name + "/");
        assertThat(listener.line()).isEqualTo("v1");
      }
    }
  }

  @Test
  void aLockOfTheServerWaitsForTheOneOfEtcdctl() {
    RunningEtcdctl first = etcdctl.start("lock", name);
    try (RawRequest waiting =
        RawRequest.post(server.endpoint(), "/v3/lock/lock", afterTheFirstLine(first))) {
      Await.until("two keys in the queue", GrpcClient.AT_MOST, () -> keys().size() == 2);
      assertThat(waiting.hasAnswer()).isFalse();
      first.close();
      Await.until("the lock", GrpcClient.AT_MOST, waiting::hasAnswer);
    } finally {
      first.close();
    }
  }

  private String afterTheFirstLine(RunningEtcdctl holder) {
    assertThat(holder.line()).startsWith(name + "/");
    return "{'name':'" + Json.base64(name) + "'}";
  }

  private List<String> keys() {
    return etcdctl
        .ok("get", name, "--prefix", "--keys-only")
        .lines()
        .filter(line -> !line.isEmpty())
        .toList();
  }
}
