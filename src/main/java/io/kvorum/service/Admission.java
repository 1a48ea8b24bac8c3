package io.kvorum.service;

/**
 * Decides about the call of a client before its service sees it. Thread-safe; must not block.
 *
 * <p>Held by: EntranceTest.
 */
public interface Admission {
  /** What a call needs beside its keys; see {@link Access.Need}. */
  Access.Need need(Object request);

  /**
   * Checks a call; returns if it is admitted.
   *
   * @param request the decoded message of the API
   * @throws io.kvorum.model.RequestException if the call is refused
   */
  void check(Caller caller, Object request);

  /**
   * Checks the opening of a call that stays open, before its first request.
   *
   * @param method the full gRPC name, such as {@code etcdserverpb.Watch/Watch}
   * @throws io.kvorum.model.RequestException if the call is refused
   */
  default void checkOpening(Caller caller, String method) {}
}
