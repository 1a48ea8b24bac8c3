package io.kvorum.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class JournalTest {
  private static final Caller CALLER =
      Caller.of(new InetSocketAddress("127.0.0.1", 4000), false, null, Caller.Face.GRPC);

  private final List<String> notes = new ArrayList<>();

  /** Notes what happens, and enters calls. */
  private final class Noting implements Journal {
    private final String name;
    private final boolean notesStreams;

    Noting(String name, boolean notesStreams) {
      this.name = name;
      this.notesStreams = notesStreams;
    }

    @Override
    public Journal ofStreams() {
      return notesStreams ? this : NONE;
    }

    @Override
    public Entry begin(Caller caller, Object request, Kind kind) {
      notes.add(name + " begins");
      return new Entry() {
        @Override
        public Scope enter() {
          notes.add(name + " enters");
          return () -> notes.add(name + " leaves");
        }

        @Override
        public void ended(@Nullable Object result, @Nullable Throwable failure) {
          notes.add(name + " ends");
        }
      };
    }
  }

  @Test
  void severalJournalsNoteACallAndLeaveItInReverse() {
    Journal both =
        Journal.all(List.of(new Noting("a", true), Journal.NONE, new Noting("b", false)));
    Journal.Entry entry = both.begin(CALLER, "request", Journal.Kind.ANSWER);
    entry.enter().close();
    entry.ended("result", null);
    assertThat(notes)
        .containsExactly(
            "a begins",
            "b begins",
            "a enters",
            "b enters",
            "b leaves",
            "a leaves",
            "a ends",
            "b ends");
  }

  @Test
  void whatNotesNothingCostsNothing() {
    Noting one = new Noting("a", false);
    assertThat(Journal.all(List.of(Journal.NONE))).isSameAs(Journal.NONE);
    assertThat(Journal.all(List.of(one, Journal.NONE))).isSameAs(one);
    Journal two = Journal.all(List.of(one, new Noting("b", false)));
    assertThat(two.ofStreams()).isSameAs(Journal.NONE);
    Noting ofStreams = new Noting("c", true);
    assertThat(Journal.all(List.of(one, ofStreams)).ofStreams()).isSameAs(ofStreams);
    assertThat(Journal.all(List.of(Journal.NONE)).begin(CALLER, "request", Journal.Kind.STREAM))
        .isSameAs(Journal.Entry.NONE);
  }
}
