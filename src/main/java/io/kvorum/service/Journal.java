package io.kvorum.service;

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
     * The call has ended; called once.
     *
     * @param result what the service gave; null if it failed, and for a stream
     * @param failure null if there is none
     */
    void ended(@Nullable Object result, @Nullable Throwable failure);
  }

  /**
   * Begins to note a call.
   *
   * @param request the decoded message of the API, of which nothing secret is kept
   */
  Entry begin(Caller caller, Object request, Kind kind);
}
