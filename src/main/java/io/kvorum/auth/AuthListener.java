package io.kvorum.auth;

import io.kvorum.model.Bytes;

/** Hears what a change of the auth state means for tokens, on the thread that applies it. */
public interface AuthListener {
  /** Hears nothing. */
  AuthListener NONE =
      new AuthListener() {
        @Override
        public void tokenGranted(String user, Bytes tokenHash, long index) {}

        @Override
        public void tokensRevoked(String user) {}

        @Override
        public void allTokensRevoked() {}
      };

  /**
   * A user has logged in.
   *
   * @param tokenHash of the letters of the token
   * @param index of the entry of the log, which is a part of the token
   */
  void tokenGranted(String user, Bytes tokenHash, long index);

  /** The tokens of a user do not count any more. */
  void tokensRevoked(String user);

  /** No token that was ever granted counts any more. */
  void allTokensRevoked();
}
