package io.kvorum.service;

import static io.kvorum.service.ServicesUnderTest.voter;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.model.AuthCommand;
import io.kvorum.model.Bytes;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.KeyRange;
import io.kvorum.model.RequestException;
import io.kvorum.testing.Admitted;
import io.kvorum.watch.WatchMessage;
import io.kvorum.watch.WatchSpec;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WatchServiceTest {
  private final ServicesUnderTest member =
      new ServicesUnderTest(ServicesUnderTest.DEFAULT_RULES, voter(ServicesUnderTest.SELF));
  private final List<String> noted = new ArrayList<>();
  private final WatchService.Opened stream =
      Open.watch(member.hub.hub(), Admitted.by(this::check), this::note)
          .open(Admitted.SOMEBODY, () -> {});

  WatchServiceTest() throws IOException {}

  @AfterEach
  void stop() throws IOException {
    stream.close();
    member.close();
  }

  private void check(Caller caller, Object request) {
    if (request.equals("denied")) {
      throw new RequestException(ErrorCode.NOT_SUPPORTED_FOR_LEARNER);
    }
  }

  private Journal.Entry note(Caller caller, Object request, Journal.Kind kind) {
    noted.add(request + " began");
    return (result, failure) ->
        noted.add(
            request
                + " ended"
                + (failure instanceof RequestException refusal ? ": " + refusal.code() : ""));
  }

  private void create(String request, long watchId) {
    stream.create(
        request,
        new WatchSpec(
            watchId, KeyRange.single(Bytes.utf8("k")), 0, false, false, false, false, false));
  }

  private @Nullable WatchMessage next() {
    member.stepHub();
    return stream.poll();
  }

  @Test
  void eachWatcherIsNotedWithItsOwnBeginningAndEnd() {
    create("first", 1);
    create("second", 2);
    create("twin", 2);
    for (int i = 0; i < 3; i++) {
      assertThat(next()).isNotNull();
    }
    stream.cancel(1);
    assertThat(next()).isInstanceOf(WatchMessage.Canceled.class);
    assertThat(noted)
        .containsExactly(
            "first began",
            "second began",
            "twin began",
            "twin ended: WATCH_ID_DUPLICATE",
            "first ended");
    stream.close();
    stream.close();
    assertThat(noted).hasSize(6).endsWith("second ended");
  }

  @Test
  void aWatcherThatIsNotAdmittedIsNotedAndNotCreated() {
    assertThatThrownBy(() -> create("denied", 1)).isInstanceOf(RequestException.class);
    assertThat(next()).isNull();
    assertThat(noted).containsExactly("denied began", "denied ended: NOT_SUPPORTED_FOR_LEARNER");
  }

  @Test
  void aStreamIsBusyUntilTheClientOfItsFirstWatcherIsKnown() {
    member.consensus.propose(new AuthCommand.AddUser("root", Bytes.EMPTY, true)).join();
    member.consensus.propose(new AuthCommand.GrantRole("root", "root")).join();
    member.consensus.propose(new AuthCommand.Enable()).join();
    AtomicInteger wakes = new AtomicInteger();
    WatchService.Opened opened =
        new WatchService(member.hub.hub(), Admitted.ALL, Journal.NONE, member.services.access())
            .open(Admitted.SOMEBODY.withToken("aaaa.99999999"), wakes::incrementAndGet);
    CompletableFuture<Void> caughtUp = new CompletableFuture<>();
    member.confirmation = caughtUp;
    assertThat(opened.isBusy()).isFalse();
    opened.create(
        "request",
        new WatchSpec(1, KeyRange.single(Bytes.utf8("k")), 0, false, false, false, false, false));
    assertThat(opened.isBusy()).isTrue();
    assertThat(wakes).hasValue(0);
    caughtUp.complete(null);
    assertThat(opened.isBusy()).isFalse();
    assertThat(wakes.get()).isPositive();
    member.stepHub();
    assertThat(opened.poll()).isInstanceOf(WatchMessage.Refused.class);
    opened.close();
  }
}
