package io.kvorum.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.service.Caller;
import io.kvorum.service.Journal;
import io.kvorum.service.Open;
import io.kvorum.testing.Admitted;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StreamVisitTest {
  private final List<String> noted = new ArrayList<>();
  private final StreamVisit<String> visit =
      new StreamVisit<>(
          Open.entrance(Admitted.by(StreamVisitTest::check), this::note, "the service"),
          Admitted.SOMEBODY);

  private static void check(Caller caller, Object request) {
    if (request.equals("bad")) {
      throw new RequestException(ErrorCode.NOT_SUPPORTED_FOR_LEARNER);
    }
  }

  private Journal.Entry note(Caller caller, Object request, Journal.Kind kind) {
    noted.add(kind + " " + request);
    return (result, failure) -> noted.add(request + " ended");
  }

  @Test
  void theFirstRequestBeginsAndTheEndOfTheStreamEndsIt() {
    assertThat(visit.admit("first")).isEqualTo("the service");
    assertThat(visit.admit("second")).isEqualTo("the service");
    visit.ended();
    visit.ended();
    assertThat(noted).containsExactly("STREAM first", "first ended");
  }

  @Test
  void everyRequestIsChecked() {
    visit.admit("first");
    assertThatThrownBy(() -> visit.admit("bad")).isInstanceOf(RequestException.class);
    assertThat(noted).containsExactly("STREAM first");
  }

  @Test
  void aStreamThatEndsWithoutARequestLeavesNothingAndALateRequestEndsAtOnce() {
    visit.ended();
    assertThat(noted).isEmpty();
    visit.admit("late");
    assertThat(noted).containsExactly("STREAM late", "late ended");
  }
}
