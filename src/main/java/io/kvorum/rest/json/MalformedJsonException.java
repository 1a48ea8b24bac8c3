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
          case 7 -> "'\\a'";
          case '\b' -> "'\\b'";
          case '\f' -> "'\\f'";
          case 11 -> "'\\v'";
          case '\n' -> "'\\n'";
          case '\r' -> "'\\r'";
          case '\t' -> "'\\t'";
          case '\\' -> "'\\\\'";
          default -> {
            boolean isShort = character < ' ' || character == 0x7f;
            boolean isHidden =
                isShort || character >= 0x80 && character <= 0xa0 || character == 0xad;
            yield isHidden
                ? String.format(isShort ? "'\\x%02x'" : "'\\u%04x'", character)
                : "'" + Character.toString(character) + "'";
          }
        };
    return new MalformedJsonException("invalid character " + shown + " " + where);
  }
}
