package io.kvorum.boot;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.kvorum.boot.config.MemberConfig;
import io.kvorum.model.Alarm;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.testing.Await;
import io.kvorum.testing.Channels;
import io.kvorum.testing.Ports;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A cluster of m1, m2 and m3 in this process, each of which may run or not. Their indexes are 0 to
 * 2. Closing it stops those that run. Confined to one thread, but for the calls.
 */
final class ThreeMembers implements AutoCloseable {
  static final Duration SOON = Duration.ofSeconds(30);

  private final Path directory;
  private final List<URI> peers = List.of(Ports.freeUrl(), Ports.freeUrl(), Ports.freeUrl());
  private final List<URI> clients = List.of(Ports.freeUrl(), Ports.freeUrl(), Ports.freeUrl());
  private final List<Member> running = new ArrayList<>();
  private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();

  ThreeMembers(Path directory) {
    this.directory = directory;
  }

  /** Starts all, for the first time. */
  void found(Map<String, String> flags) throws IOException {
    for (int i = 0; i < 3; i++) {
      running.add(open(i, flags));
    }
    for (Member member : running) {
      member.start();
    }
  }

  /** Starts one, and returns when it has recovered. */
  Member start(int index, Map<String, String> flags) throws IOException {
    Member member = open(index, flags);
    running.add(member);
    member.start();
    return member;
  }

  /** A member that the caller starts, and adds. */
  Member open(int index, Map<String, String> flags) throws IOException {
    return Member.open(MemberConfig.fromFlags(settings(index, flags)::get), failures::add);
  }

  void add(Member started) {
    running.add(started);
  }

  void stop(Member member) throws IOException {
    running.remove(member);
    member.close();
  }

  /** Those that run, in the order in which they were started. */
  List<Member> running() {
    return List.copyOf(running);
  }

  List<URI> clients() {
    return clients;
  }

  URI peer(int index) {
    return peers.get(index);
  }

  Path dataDirectory(int index) {
    return directory.resolve(nameOf(index));
  }

  /** What a member's command line would say. */
  Map<String, String> settings(int index, Map<String, String> others) {
    Map<String, String> flags = new HashMap<>();
    flags.put("name", nameOf(index));
    flags.put("data-dir", dataDirectory(index).toString());
    flags.put("listen-client-urls", clients.get(index).toString());
    flags.put("advertise-client-urls", clients.get(index).toString());
    flags.put("listen-peer-urls", peers.get(index).toString());
    flags.put("initial-advertise-peer-urls", peers.get(index).toString());
    flags.put(
        "initial-cluster",
        IntStream.range(0, 3)
            .mapToObj(i -> nameOf(i) + "=" + peers.get(i))
            .collect(Collectors.joining(",")));
    flags.put("strict-reconfig-check", "false");
    flags.putAll(others);
    return flags;
  }

  private static String nameOf(int index) {
    return "m" + (index + 1);
  }

  Member leader() {
    return Await.answer(
        "a leader",
        SOON,
        () ->
            running.stream()
                .filter(member -> member.consensus().status().isLeader())
                .findFirst()
                .orElseThrow());
  }

  long idOf(int index) {
    return leader().members().members().stream()
        .filter(member -> member.name().equals(nameOf(index)))
        .findFirst()
        .orElseThrow()
        .id();
  }

  void awaitRevision(long revision) {
    Await.until(
        "revision " + revision,
        SOON,
        () -> running.stream().allMatch(member -> member.store().revision() == revision));
  }

  void awaitAlarm(Alarm alarm) {
    Await.until(
        "the alarm on all members",
        SOON,
        () -> running.stream().allMatch(member -> alarmsOf(member).equals(List.of(alarm))));
  }

  static List<Alarm> alarmsOf(Member member) {
    return member.services().maintenance().alarms();
  }

  /** A call of a client. */
  interface Call<T> {
    T on(KVGrpc.KVBlockingStub kv);
  }

  /** Calls one member. */
  <T> T call(int index, Call<T> call) {
    ManagedChannel channel = Channels.to(clients.get(index));
    try {
      return call.on(
          KVGrpc.newBlockingStub(channel)
              .withWaitForReady()
              .withDeadlineAfter(30, TimeUnit.SECONDS));
    } finally {
      channel.shutdownNow();
    }
  }

  @Override
  public void close() throws IOException {
    for (Member member : running) {
      member.close();
    }
    running.clear();
    assertThat(failures).isEmpty();
  }
}
