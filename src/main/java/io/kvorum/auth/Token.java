package io.kvorum.auth;

import io.kvorum.model.Bytes;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.jspecify.annotations.Nullable;

/**
 * The token of a request, with the SHA-256 under which this member looks tokens up: it is computed
 * once, however many requests share the token. Its text never gets into a log. Immutable;
 * thread-safe.
 *
 * <p>Held by: TokenTest.
 */
public final class Token {
  private static final String PREFIX = "Bearer ";

  /** One for each thread: to look for the algorithm takes as long as to use it. */
  private static final ThreadLocal<MessageDigest> SHA256 =
      ThreadLocal.withInitial(Token::newSha256);

  private final String text;
  private final boolean hasPrefix;

  // Whichever thread computes them finds the same.
  private @Nullable Bytes hash;
  private @Nullable Bytes hashOfLetters;

  private Token(String shown) {
    this.hasPrefix = shown.startsWith(PREFIX);
    this.text = hasPrefix ? shown.substring(PREFIX.length()) : shown;
  }

  /**
   * @param shown as it was received, with or without {@code Bearer}
   */
  public static Token of(String shown) {
    return new Token(shown);
  }

  /** The SHA-256 of a text. */
  static Bytes hashOf(String text) {
    return Bytes.wrap(SHA256.get().digest(text.getBytes(StandardCharsets.UTF_8)));
  }

  private static MessageDigest newSha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java platform has SHA-256", impossible);
    }
  }

  /** Whether a request that carries that shows this token. */
  public boolean isShownAs(String carried) {
    return hasPrefix
        ? carried.length() == length() && carried.startsWith(PREFIX) && carried.endsWith(text)
        : carried.equals(text);
  }

  /** How many characters were received. */
  public int length() {
    return text.length() + (hasPrefix ? PREFIX.length() : 0);
  }

  /** Without {@code Bearer}. */
  String text() {
    return text;
  }

  /** The SHA-256 of the whole. */
  Bytes hash() {
    Bytes known = hash;
    if (known == null) {
      known = hashOf(text);
      hash = known;
    }
    return known;
  }

  /** The SHA-256 of what stands before the first dot; of the whole if there is none. */
  Bytes hashOfLetters() {
    Bytes known = hashOfLetters;
    if (known == null) {
      int dot = text.indexOf('.');
      known = dot < 0 ? hash() : hashOf(text.substring(0, dot));
      hashOfLetters = known;
    }
    return known;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Token token && hasPrefix == token.hasPrefix && text.equals(token.text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  /** Without the text. */
  @Override
  public String toString() {
    return "Token";
  }
}
