package io.kvorum.service;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Notes the calls of clients, those that are refused, too. Thread-safe; must not block.
 *
 * <p>Held by: EntranceTest, AuditIT.
 */
public interface Journal {
  /** Notes nothing. */
  Journal NONE = (caller, request, kind) -> Entry.NONE;

  /** How a call ends. */
  enum Kind {
    /** With its one answer. */
    ANSWER,
    /** When its client or the member ends it; what it begins with is noted as well. */
    STREAM
  }

  /** One call that is under way. */
  @FunctionalInterface
  interface Entry {
    /** Of a call that is not noted. */
    Entry NONE = (result, failure) -> {};

    /**
     * Makes the call known to what its service begins on this thread, until that is closed. What
     * does not ask for it has nothing to do.
     */
    default Scope enter() {
      return Scope.NONE;
    }

    /**
     * The call has ended; called once.
     *
     * @param result what the service gave; null if it failed, and for a stream
     * @param failure null if there is none
     */
    void ended(@Nullable Object result, @Nullable Throwable failure);
  }

  /** A thread's time in a call. Closed by the thread that has entered it. */
  @FunctionalInterface
  interface Scope extends AutoCloseable {
    /** Of a call that is not noted. */
    Scope NONE = () -> {};

    @Override
    void close();
  }

  /** One that notes calls as all of these do. */
  static Journal all(List<Journal> journals) {
    List<Journal> noting = journals.stream().filter(journal -> journal != NONE).toList();
    return switch (noting.size()) {
      case 0 -> NONE;
      case 1 -> noting.get(0);
      default -> new Journals(noting);
    };
  }

  /** What notes streams; {@link #NONE} if calls with one answer alone are noted. */
  default Journal ofStreams() {
    return this;
  }

  /** Whether it asks who the user of a call is, which should be known by then. */
  default boolean namesUsers() {
    return false;
  }

  /** Several journals. */
  record Journals(List<Journal> journals) implements Journal {
    @Override
    public Entry begin(Caller caller, Object request, Kind kind) {
      List<Entry> entries = new ArrayList<>(journals.size());
      for (Journal journal : journals) {
        Entry entry = journal.begin(caller, request, kind);
        if (entry != Entry.NONE) {
          entries.add(entry);
        }
      }
      return switch (entries.size()) {
        case 0 -> Entry.NONE;
        case 1 -> entries.get(0);
        default -> new Entries(entries);
      };
    }

    @Override
    public boolean namesUsers() {
      return journals.stream().anyMatch(Journal::namesUsers);
    }

    @Override
    public Journal ofStreams() {
      return all(journals.stream().map(Journal::ofStreams).toList());
    }
  }

  /** One call in several journals. */
  record Entries(List<Entry> entries) implements Entry {
    @Override
    public void ended(@Nullable Object result, @Nullable Throwable failure) {
      entries.forEach(entry -> entry.ended(result, failure));
    }

    @Override
    public Scope enter() {
      List<Scope> scopes = new ArrayList<>(entries.size());
      for (Entry entry : entries) {
        scopes.add(0, entry.enter());
      }
      return () -> scopes.forEach(Scope::close);
    }
  }

  /**
   * Begins to note a call.
   *
   * @param request the decoded message of the API, of which nothing secret is kept
   */
  Entry begin(Caller caller, Object request, Kind kind);
}
