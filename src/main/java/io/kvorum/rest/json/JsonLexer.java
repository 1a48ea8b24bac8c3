package io.kvorum.rest.json;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;

/**
 * Reads strict JSON tokens from a byte array. Confined to one thread; the caller requests the token
 * it expects, and gets {@link MalformedJsonException} for any other.
 *
 * <p>No library is used, for two reasons. Errors have the words and positions of Go's protojson,
 * line and column in code points, which clients of etcd see. And a scanned string stays in place
 * until it is requested in the form that is needed: most strings are base64, and are decoded from
 * these bytes without becoming a {@link String}.
 *
 * <p>Held by: JsonToMessageTest.
 */
final class JsonLexer {
  private static final int MAX_SKIPPED_DEPTH = 1000;

  private final byte[] in;
  private final int start;
  private final int end;
  private int at;
  private int tokenStart;
  private int tokenEnd;
  private boolean tokenEscaped;

  JsonLexer(byte[] in, int from, int to) {
    this.in = in;
    this.start = from;
    this.at = from;
    this.end = to;
  }

  /** True if only white space is left. */
  boolean isAtEnd() {
    skipSpace();
    return at == end;
  }

  /** The next byte that is not white space, without taking it. */
  int peek() {
    skipSpace();
    if (at == end) {
      throw MalformedJsonException.unexpectedEnd();
    }
    return in[at] & 0xff;
  }

  /** Takes the next byte if it is that one. */
  boolean take(char wanted) {
    if (peek() != wanted) {
      return false;
    }
    at++;
    return true;
  }

  MalformedJsonException invalidCharacter(String where) {
    // Like Go's, it prints a single byte of a multi-byte character.
    return MalformedJsonException.invalidCharacter(in[at] & 0xff, where);
  }

  /** Where the next byte is that has not been taken, in the array. */
  int position() {
    return at;
  }

  /** An error about a field, at the last token, in the words of Go's protojson. */
  MalformedJsonException errorAtToken(String text) {
    return new MalformedJsonException("proto: " + place() + ": " + text);
  }

  /** An error about the last token itself. */
  MalformedJsonException syntaxErrorAtToken(String text) {
    return new MalformedJsonException("proto: syntax error " + place() + ": " + text);
  }

  /** Where the last token begins; lines and columns begin at 1, and count code points. */
  private String place() {
    int line = 1;
    int lineStart = start;
    for (int i = start; i < tokenStart; i++) {
      if (in[i] == '\n') {
        line++;
        lineStart = i + 1;
      }
    }
    String before = new String(in, lineStart, tokenStart - lineStart, StandardCharsets.UTF_8);
    int column = before.codePointCount(0, before.length()) + 1;
    return "(line " + line + ":" + column + ")";
  }

  /** The last token as it stands in the text, with its quotes. */
  String rawToken() {
    return new String(in, tokenStart, tokenEnd - tokenStart, StandardCharsets.UTF_8);
  }

  /** Marks the next byte as the token that an error is about. */
  void markToken() {
    peek();
    tokenStart = at;
    tokenEnd = at + 1;
  }

  /** Scans a string; {@link #text} or {@link #base64} return its content. */
  void scanString(String whereIfMissing) {
    if (peek() != '"') {
      throw invalidCharacter(whereIfMissing);
    }
    tokenStart = at++;
    tokenEscaped = false;
    while (at < end) {
      int b = in[at++];
      if (b == '"') {
        tokenEnd = at;
        return;
      }
      if (b == '\\') {
        tokenEscaped = true;
        scanEscape();
      } else if (b >= 0 && b < 0x20) {
        at--;
        throw invalidCharacter("in string literal");
      }
    }
    throw MalformedJsonException.unexpectedEnd();
  }

  private void scanEscape() {
    if (at == end) {
      throw MalformedJsonException.unexpectedEnd();
    }
    int kind = in[at++];
    if (kind == 'u') {
      for (int i = 0; i < 4; i++, at++) {
        if (at == end) {
          throw MalformedJsonException.unexpectedEnd();
        }
        if (Character.digit(in[at], 16) < 0) {
          throw invalidCharacter("in \\u hexadecimal character escape");
        }
      }
    } else if ("\"\\/bfnrt".indexOf(kind) < 0) {
      at--;
      throw invalidCharacter("in string escape code");
    }
  }

  /** The scanned string, unescaped. */
  String text() {
    String raw;
    try {
      ByteBuffer content = ByteBuffer.wrap(in, tokenStart + 1, tokenEnd - tokenStart - 2);
      raw = StandardCharsets.UTF_8.newDecoder().decode(content).toString();
    } catch (CharacterCodingException e) {
      throw syntaxErrorAtToken("invalid UTF-8 in string");
    }
    return tokenEscaped ? unescape(raw) : raw;
  }

  private String unescape(String raw) {
    StringBuilder text = new StringBuilder(raw.length());
    for (int i = 0; i < raw.length(); i++) {
      char c = raw.charAt(i);
      if (c != '\\') {
        text.append(c);
        continue;
      }
      char kind = raw.charAt(++i);
      switch (kind) {
        case 'b' -> text.append('\b');
        case 'f' -> text.append('\f');
        case 'n' -> text.append('\n');
        case 'r' -> text.append('\r');
        case 't' -> text.append('\t');
        case 'u' -> {
          text.append((char) Integer.parseInt(raw, i + 1, i + 5, 16));
          i += 4;
        }
        default -> text.append(kind);
      }
    }
    if (text.codePoints()
        .anyMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)) {
      throw syntaxErrorAtToken("invalid escape code in string");
    }
    return text.toString();
  }

  /**
   * The scanned string, decoded from base64: standard or URL-safe alphabet, padded or not, line
   * breaks ignored.
   *
   * @throws IllegalArgumentException if it is not base64
   */
  ByteString base64() {
    byte[] coded =
        tokenEscaped
            ? text().replaceAll("[\r\n]", "").getBytes(StandardCharsets.UTF_8)
            : Arrays.copyOfRange(in, tokenStart + 1, tokenEnd - 1);
    boolean isUrlSafe = false;
    for (byte b : coded) {
      isUrlSafe |= b == '-' || b == '_';
    }
    Base64.Decoder decoder = isUrlSafe ? Base64.getUrlDecoder() : Base64.getDecoder();
    return UnsafeByteOperations.unsafeWrap(decoder.decode(coded));
  }

  /** Scans a number; {@link #rawToken} returns it. */
  void scanNumber() {
    peek();
    tokenStart = at;
    if (in[at] == '-') {
      at++;
    }
    if (at < end && in[at] == '0') {
      at++;
    } else {
      scanDigits("in numeric literal");
    }
    if (at < end && in[at] == '.') {
      at++;
      scanDigits("after decimal point in numeric literal");
    }
    if (at < end && (in[at] == 'e' || in[at] == 'E')) {
      at++;
      if (at < end && (in[at] == '+' || in[at] == '-')) {
        at++;
      }
      scanDigits("in exponent of numeric literal");
    }
    tokenEnd = at;
  }

  private void scanDigits(String where) {
    int first = at;
    while (at < end && in[at] >= '0' && in[at] <= '9') {
      at++;
    }
    if (at == first) {
      if (at == end) {
        throw MalformedJsonException.unexpectedEnd();
      }
      throw invalidCharacter(where);
    }
  }

  /** Takes one of {@code true}, {@code false}, {@code null}. */
  void scanLiteral(String literal) {
    tokenStart = at;
    for (int i = 0; i < literal.length(); i++, at++) {
      if (at == end) {
        throw MalformedJsonException.unexpectedEnd();
      }
      if (in[at] != literal.charAt(i)) {
        throw invalidCharacter(
            "in literal " + literal + " (expecting '" + literal.charAt(i) + "')");
      }
    }
    tokenEnd = at;
  }

  /** Skips a value of any kind. */
  void skipValue() {
    skipValue(0);
  }

  private void skipValue(int depth) {
    if (depth > MAX_SKIPPED_DEPTH) {
      throw new MalformedJsonException("exceeded max depth");
    }
    switch (peek()) {
      case '{' -> {
        at++;
        for (boolean isFirst = true; nextMember(isFirst); isFirst = false) {
          skipValue(depth + 1);
        }
      }
      case '[' -> {
        at++;
        for (boolean isFirst = true; nextElement(isFirst); isFirst = false) {
          skipValue(depth + 1);
        }
      }
      default -> scanScalar();
    }
  }

  /** Scans a value that is neither object nor array, as the last token. */
  void scanScalar() {
    switch (peek()) {
      case '"' -> scanString("");
      case 't' -> scanLiteral("true");
      case 'f' -> scanLiteral("false");
      case 'n' -> scanLiteral("null");
      case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> scanNumber();
      default -> throw invalidCharacter("looking for beginning of value");
    }
  }

  /**
   * Goes to the next member of an object whose brace was taken: its name is the token, its value is
   * next. False at the end of the object.
   */
  boolean nextMember(boolean isFirst) {
    if (take('}')) {
      return false;
    }
    if (!isFirst && !take(',')) {
      throw invalidCharacter("after object key:value pair");
    }
    scanString("looking for beginning of object key string");
    if (!take(':')) {
      throw invalidCharacter("after object key");
    }
    return true;
  }

  /** Goes to the next element of an array whose bracket was taken; false at its end. */
  boolean nextElement(boolean isFirst) {
    if (take(']')) {
      return false;
    }
    if (!isFirst && !take(',')) {
      throw invalidCharacter("after array element");
    }
    return true;
  }

  private void skipSpace() {
    while (at < end && (in[at] == ' ' || in[at] == '\n' || in[at] == '\r' || in[at] == '\t')) {
      at++;
    }
  }
}
