package io.kvorum.auth;

import io.kvorum.model.Bytes;
import io.kvorum.model.Principal;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Tells whom a token names. Thread-safe; nothing blocks. */
public interface Tokens extends AutoCloseable {

  /**
   * Whom a token names, as far as that is known without much work; null if it is none, does not
   * count, or has to be verified.
   *
   * @param state at which a token counts whose owner is known here
   */
  @Nullable Principal find(Token token, AuthState state);

  /**
   * The same with the work that it takes, on other threads.
   *
   * @param address of who shows the token
   * @return fails with INVALID_AUTH_TOKEN, or with TOO_MANY_REQUESTS if too much is to be done
   */
  CompletableFuture<Principal> verify(Token token, Object address);

  /**
   * The index of the log at which the token was granted, before which it cannot be known here; 0 if
   * it names none.
   */
  long indexOf(Token token);

  /**
   * From now on tokens that entries of the log grant count: those that were in the log when this
   * member started may have ended long ago.
   */
  void start();

  /** Hears of tokens that are granted by an entry of the log. */
  AuthListener listener();

  /** Ends what is being verified. */
  @Override
  default void close() {}

  /** Makes tokens as they are asked for, one after the other. */
  Issuer issuer();

  /** Decides how a user who has shown the right password gets a token. */
  sealed interface Issuer {}

  /** The token is granted by an entry of the log, whose index becomes its end. */
  non-sealed interface ByLog extends Issuer {
    /** Draws the letters of a token. */
    String draw();

    /** The token of an entry. */
    String token(String letters, long index);

    /** What the log and the members keep of the letters. */
    Bytes hashOf(String letters);
  }

  /** The token is signed, and every member that has the key knows it. */
  non-sealed interface BySignature extends Issuer {
    /**
     * A token.
     *
     * @param authRevision of the state in which the password was checked
     * @throws io.kvorum.model.RequestException VERIFY_ONLY
     */
    String sign(String user, long authRevision);
  }
}
