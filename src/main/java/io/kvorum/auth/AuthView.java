package io.kvorum.auth;

/** Reads the auth state, from any thread; only the applier can change it. */
public interface AuthView {
  /** The state as it is now. */
  AuthState state();
}
