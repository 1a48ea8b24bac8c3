package io.kvorum.crash;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.StatusRuntimeException;
import io.kvorum.crash.Timeline.Call;
import io.kvorum.crash.Timeline.Order;
import io.kvorum.proto.etcdserverpb.RangeResponse;
import io.kvorum.proto.mvccpb.KeyValue;
import io.kvorum.testing.Pause;
import io.kvorum.testing.Refusals;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A client of several members that reads and writes at a steady pace until it is stopped, one call
 * at a time, and records each answer. A call without an answer is not repeated: another one
 * follows, to the next member if the client knows several. Confined to its thread, but for {@link
 * #stop}.
 */
final class ClusterClient implements Runnable {

  private static final int WRITES_PER_HUNDRED = 60;
  private static final int LISTS_PER_HUNDRED = 5;
  private static final int LOCAL_READS_PER_HUNDRED = 8;

  private static final long MILLIS_AFTER_A_FAILURE = 200;

  private final List<URI> endpoints;
  private final Duration patience;
  private final Duration pace;
  private final String name;
  private final Records records;
  private final SplittableRandom random;
  private final RandomWrites writes;
  private int at;
  private Client client;
  private volatile boolean stopped;
  private volatile @Nullable Throwable bug;

  /**
   * Where clients note what they see.
   *
   * @param journal the writes, for the effect of each
   * @param timeline the answers, for their order
   * @param refusals the errors that clients got
   */
  record Records(Journal journal, Timeline timeline, Refusals refusals) {}

  /**
   * How a client behaves.
   *
   * @param patience how long it waits for an answer
   * @param pace from the start of one call to the start of the next, at least
   */
  record Habits(Duration patience, Duration pace) {}

  ClusterClient(
      List<URI> endpoints, Habits habits, String name, Records records, SplittableRandom random) {
    this.endpoints = List.copyOf(endpoints);
    this.patience = habits.patience();
    this.pace = habits.pace();
    this.name = name;
    this.records = records;
    this.random = random;
    this.writes = new RandomWrites(name, 0, random.split());
    this.client = new Client(endpoints.get(0), patience);
  }

  void stop() {
    stopped = true;
  }

  /** What went wrong that no fault explains, or null. */
  @Nullable Throwable bug() {
    return bug;
  }

  @Override
  public void run() {
    try {
      while (!stopped) {
        long next = System.nanoTime() + pace.toNanos();
        step();
        Pause.until(next);
      }
    } catch (RuntimeException | AssertionError e) {
      bug = e;
    } finally {
      client.close();
    }
  }

  private void step() {
    int kind = random.nextInt(100);
    if (kind < WRITES_PER_HUNDRED) {
      Write write = attempt(() -> writes.next(this::modRevision));
      if (write != null) {
        write(write);
      }
    } else if (kind < WRITES_PER_HUNDRED + LISTS_PER_HUNDRED) {
      attempt(this::list);
    } else {
      boolean serializable = kind >= 100 - LOCAL_READS_PER_HUNDRED;
      attempt(() -> get(writes.key(), serializable));
    }
  }

  private <T> @Nullable T attempt(Supplier<T> call) {
    try {
      return call.get();
    } catch (StatusRuntimeException e) {
      failed(e);
      return null;
    }
  }

  private void write(Write write) {
    long start = System.nanoTime();
    Client.Answer answer;
    try {
      answer = client.perform(write);
    } catch (StatusRuntimeException e) {
      records.journal().unanswered(write);
      failed(e);
      return;
    }
    long end = System.nanoTime();
    writes.acknowledged(write);
    records.journal().acknowledged(write, answer.madeRevision());
    boolean isNew = answer.changed() && !(write instanceof Write.Revoke);
    records
        .timeline()
        .add(
            new Call(
                name + ": " + write,
                isNew ? Order.NEW : Order.CURRENT,
                start,
                end,
                answer.revision(),
                answer.changed() ? then -> {} : then -> checkNoEffect(write, then)));
  }

  private static void checkNoEffect(Write write, ExpectedStore then) {
    assertThat(write.effects(then))
        .as("effects of %s, which was answered to have none at %s", write, then.revision())
        .isEmpty();
  }

  private long modRevision(String key) {
    RangeResponse answer = get(key, false);
    return answer.getKvsCount() == 0 ? 0 : answer.getKvs(0).getModRevision();
  }

  private RangeResponse get(String key, boolean serializable) {
    long start = System.nanoTime();
    RangeResponse answer = client.get(key, serializable);
    long revision = answer.getHeader().getRevision();
    List<KeyValue> found = answer.getKvsList();
    String what = name + ": get " + key + (serializable ? " here" : "");
    Timeline.Claim claim =
        then ->
            assertThat(found)
                .as("%s at %s", what, then.revision())
                .isEqualTo(then.has(key) ? List.of(then.get(key)) : List.of());
    Order order = serializable ? Order.ANY : Order.CURRENT;
    records.timeline().add(new Call(what, order, start, System.nanoTime(), revision, claim));
    return answer;
  }

  private RangeResponse list() {
    long start = System.nanoTime();
    RangeResponse answer = client.everythingAt(0);
    long revision = answer.getHeader().getRevision();
    ByteString found = answer.toBuilder().clearHeader().build().toByteString();
    String what = name + ": list";
    Timeline.Claim claim =
        then ->
            assertThat(found)
                .as("%s at %s", what, then.revision())
                .isEqualTo(
                    RangeResponse.newBuilder()
                        .addAllKvs(then.all())
                        .setCount(then.all().size())
                        .build()
                        .toByteString());
    records
        .timeline()
        .add(new Call(what, Order.CURRENT, start, System.nanoTime(), revision, claim));
    return answer;
  }

  /** The next call goes to the next member, over a new connection. */
  private void failed(StatusRuntimeException failure) {
    records.refusals().add(failure);
    if (!Client.leavesOpen(failure)) {
      throw failure;
    }
    client.close();
    if (endpoints.size() == 1) {
      Pause.of(MILLIS_AFTER_A_FAILURE);
    }
    at = (at + 1) % endpoints.size();
    client = new Client(endpoints.get(at), patience);
  }
}
