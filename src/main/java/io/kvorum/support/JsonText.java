package io.kvorum.support;

/**
 * Writes strings as JSON does. Stateless.
 *
 * <p>Held by: JsonTextTest.
 */
public final class JsonText {
  private JsonText() {}

  /** The text in quotation marks, with what JSON does not allow there escaped. */
  public static String quoted(String text) {
    StringBuilder quoted = new StringBuilder(text.length() + 2).append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        quoted.append('\\').append(c);
      } else if (c < ' ') {
        quoted.append(String.format("\\u%04x", (int) c));
      } else {
        quoted.append(c);
      }
    }
    return quoted.append('"').toString();
  }
}
