package io.kvorum.rest.json;

/**
 * Reports text that is not JSON, or JSON that does not fit the message it is read into, in the
 * words of Go's decoders. It carries no stack trace.
 *
 * <p>Held by: JsonToMessageTest.
 */
public final class MalformedJsonException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  MalformedJsonException(String message) {
    super(message, null, false, false);
  }

  static MalformedJsonException unexpectedEnd() {
    return new MalformedJsonException("unexpected EOF");
  }

  static MalformedJsonException invalidCharacter(int character, String where) {
    String shown =
        switch (character) {
          case '\'' -> "'\\''";
          case '"' -> "'\"'";
          case '\n' -> "'\\n'";
          case '\r' -> "'\\r'";
          case '\t' -> "'\\t'";
          default ->
              character < ' '
                  ? String.format("'\\x%02x'", character)
                  : "'" + Character.toString(character) + "'";
        };
    return new MalformedJsonException("invalid character " + shown + " " + where);
  }
}
