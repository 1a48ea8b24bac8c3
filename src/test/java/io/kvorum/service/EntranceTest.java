package io.kvorum.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.auth.SimpleTokens;
import io.kvorum.model.AuthCommand;
import io.kvorum.model.Bytes;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.support.MemoryBudget;
import io.kvorum.testing.Admitted;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class EntranceTest {
  private final List<String> seen = new ArrayList<>();
  private final List<String> noted = new ArrayList<>();
  private final Entrance<List<String>> entrance =
      Open.entrance(Admitted.by(this::check), this::note, seen);

  private Journal.Entry note(Caller caller, Object request, Journal.Kind kind) {
    noted.add(kind + " " + request);
    return (result, failure) ->
        noted.add(
            request + " gave " + (failure == null ? result : failure.getClass().getSimpleName()));
  }

  private void check(Caller caller, Object request) {
    seen.add("checked " + request);
    if (request.equals("bad")) {
      throw new RequestException(ErrorCode.NOT_SUPPORTED_FOR_LEARNER);
    }
  }

  private static CompletableFuture<Integer> serve(List<String> service, String request) {
    service.add("served " + request);
    return CompletableFuture.completedFuture(request.length());
  }

  @Test
  void aCallIsCheckedBeforeItIsServed() {
    assertThat(entrance.call(Admitted.SOMEBODY, "good", EntranceTest::serve).join()).isEqualTo(4);
    var hold = MemoryBudget.unlimited().newAccount().open();
    assertThat(
            entrance
                .call(
                    Admitted.SOMEBODY,
                    "large",
                    hold,
                    (service, asked, room) -> serve(service, asked))
                .join())
        .isEqualTo(5);
    assertThat(seen)
        .containsExactly("checked good", "served good", "checked large", "served large");
  }

  @Test
  void theServiceDoesNotSeeARefusedCall() {
    assertThatThrownBy(() -> entrance.call(Admitted.SOMEBODY, "bad", EntranceTest::serve))
        .isInstanceOf(RequestException.class);
    assertThatThrownBy(() -> entrance.admit(Admitted.SOMEBODY, "bad"))
        .isInstanceOf(RequestException.class);
    assertThat(seen).containsExactly("checked bad", "checked bad");
  }

  @Test
  void everyCallIsNotedWithItsEndThoseThatAreRefusedToo() {
    CompletableFuture<Integer> later = new CompletableFuture<>();
    entrance.call(Admitted.SOMEBODY, "late", (service, request) -> later);
    assertThat(noted).containsExactly("ANSWER late");
    later.complete(7);
    assertThatThrownBy(() -> entrance.call(Admitted.SOMEBODY, "bad", EntranceTest::serve))
        .isInstanceOf(RequestException.class);
    assertThatThrownBy(
            () ->
                entrance.call(
                    Admitted.SOMEBODY,
                    "wrong",
                    (service, request) -> {
                      throw new RequestException(ErrorCode.EMPTY_KEY);
                    }))
        .isInstanceOf(RequestException.class);
    Entrance.Visit<List<String>> visit =
        entrance.enter(Admitted.SOMEBODY, "stream", Journal.Kind.STREAM);
    visit.ended(null, null);
    visit.ended(null, new RequestException(ErrorCode.STOPPED));
    assertThat(noted)
        .containsExactly(
            "ANSWER late",
            "late gave 7",
            "ANSWER bad",
            "bad gave RequestException",
            "ANSWER wrong",
            "wrong gave RequestException",
            "STREAM stream",
            "stream gave null");
  }

  @Test
  void whetherRootIsNeededForTheClusterIsDecidedByWhatIsCommittedWhenTheCallArrives()
      throws IOException {
    try (ServicesUnderTest member =
        new ServicesUnderTest(ServicesUnderTest.DEFAULT_RULES, ServicesUnderTest.voter(1))) {
      Entrance<List<String>> lagging =
          new Entrance<>(
              new Needing(Access.Need.ROOT_OF_CLUSTER, (caller, request) -> {}),
              Journal.NONE,
              member.services.access(),
              theirs -> seen);
      member.confirmation = new CompletableFuture<>();
      CompletableFuture<Integer> call =
          lagging.call(Admitted.SOMEBODY, "compact", EntranceTest::serve);
      assertThat(call).isNotDone();
      member.consensus.propose(new AuthCommand.AddUser("root", Bytes.EMPTY, true)).join();
      member.consensus.propose(new AuthCommand.GrantRole("root", "root")).join();
      member.consensus.propose(new AuthCommand.Enable()).join();
      member.confirmation.complete(null);
      assertThatThrownBy(call::join)
          .cause()
          .isInstanceOfSatisfying(
              RequestException.class,
              refusal -> assertThat(refusal.code()).isEqualTo(ErrorCode.USER_EMPTY));
      assertThat(seen).isEmpty();
    }
  }

  @Test
  void aClientThatIsRecognizedIsAdmittedAtOnce() throws IOException {
    try (ServicesUnderTest member =
        new ServicesUnderTest(ServicesUnderTest.DEFAULT_RULES, ServicesUnderTest.voter(1))) {
      member.enableAuth();
      Entrance<List<String>> streams =
          new Entrance<>(
              new Needing(Access.Need.ROOT, (caller, request) -> {}),
              Journal.NONE,
              member.services.access(),
              theirs -> seen);
      long index = member.consensus.status().appliedIndex() + 1;
      member.confirmation = new CompletableFuture<>();
      Caller early = Admitted.SOMEBODY.withToken("letters." + index);
      CompletableFuture<Void> recognized = streams.recognize(early);
      assertThat(recognized).isNotDone();
      assertThat(streams.recognize(Admitted.SOMEBODY)).isCompleted();
      assertThatThrownBy(() -> streams.admit(early, "snapshot"))
          .as("what is not waited for is refused")
          .isInstanceOfSatisfying(
              RequestException.class,
              refusal -> assertThat(refusal.code()).isEqualTo(ErrorCode.INVALID_AUTH_TOKEN));
      SimpleTokens tokens = (SimpleTokens) member.authParts.tokens();
      tokens.start();
      tokens.tokenGranted("root", tokens.hashOf("letters"), index);
      member.confirmation.complete(null);
      assertThat(recognized).isCompleted();
      assertThat(streams.admit(early, "snapshot")).isSameAs(seen);
    }
  }

  @Test
  void aCallWaitsForItsUserIfTheJournalNamesIt() throws IOException {
    try (ServicesUnderTest member =
        new ServicesUnderTest(ServicesUnderTest.DEFAULT_RULES, ServicesUnderTest.voter(1))) {
      member.enableAuth();
      long index = member.consensus.status().appliedIndex() + 1;
      member.confirmation = new CompletableFuture<>();
      Caller early = Admitted.SOMEBODY.withToken("letters." + index);
      Journal naming =
          new Journal() {
            @Override
            public boolean namesUsers() {
              return true;
            }

            @Override
            public Entry begin(Caller caller, Object request, Kind kind) {
              noted.add(member.services.userOf(caller) + " asks for " + request);
              return Entry.NONE;
            }
          };
      Entrance<List<String>> audited =
          new Entrance<>(
              new Needing(Access.Need.USER, (caller, request) -> {}),
              Journal.all(List.of(this::note, naming)),
              member.services.access(),
              theirs -> seen);
      CompletableFuture<Integer> call = audited.call(early, "good", EntranceTest::serve);
      assertThat(noted).isEmpty();
      SimpleTokens tokens = (SimpleTokens) member.authParts.tokens();
      tokens.start();
      tokens.tokenGranted("root", tokens.hashOf("letters"), index);
      member.confirmation.complete(null);
      assertThat(call.join()).isEqualTo(4);
      assertThat(noted).contains("root asks for good");
    }
  }

  @Test
  void whatALearnerDoesNotServeIsRefusedBeforeItMattersWhoAsks() throws IOException {
    try (ServicesUnderTest member =
        new ServicesUnderTest(ServicesUnderTest.DEFAULT_RULES, ServicesUnderTest.voter(1))) {
      member.consensus.propose(new AuthCommand.AddUser("root", Bytes.EMPTY, true)).join();
      member.consensus.propose(new AuthCommand.GrantRole("root", "root")).join();
      member.consensus.propose(new AuthCommand.Enable()).join();
      Entrance<List<String>> learner =
          new Entrance<>(
              new Needing(Access.Need.USER, this::check),
              Journal.NONE,
              member.services.access(),
              theirs -> seen);
      assertThatThrownBy(() -> learner.call(Admitted.SOMEBODY, "bad", EntranceTest::serve))
          .isInstanceOfSatisfying(
              RequestException.class,
              refusal -> assertThat(refusal.code()).isEqualTo(ErrorCode.NOT_SUPPORTED_FOR_LEARNER));
      assertThatThrownBy(() -> learner.call(Admitted.SOMEBODY, "good", EntranceTest::serve))
          .isInstanceOfSatisfying(
              RequestException.class,
              refusal -> assertThat(refusal.code()).isEqualTo(ErrorCode.USER_EMPTY));
    }
  }

  private record Needing(Access.Need need, BiConsumer<Caller, Object> check) implements Admission {
    @Override
    public Access.Need need(Object request) {
      return need;
    }

    @Override
    public void check(Caller caller, Object request) {
      check.accept(caller, request);
    }
  }

  @Test
  void aPartOfAServiceHasTheSameEntrance() {
    Entrance<Function<String, Integer>> part =
        entrance.to(service -> text -> serve(service, text).join());
    assertThat(part.admit(Admitted.SOMEBODY, "good").apply("good")).isEqualTo(4);
    assertThatThrownBy(() -> part.admit(Admitted.SOMEBODY, "bad"))
        .isInstanceOf(RequestException.class);
    assertThat(seen).containsExactly("checked good", "served good", "checked bad");
  }
}
