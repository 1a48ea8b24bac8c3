package io.kvorum.support;

/**
 * Writes text that others have chosen so that it stays one line, and does nothing to a terminal.
 * Stateless.
 *
 * <p>Held by: WrongValuesTest.
 */
public final class OneLine {
  private static final int MOST_CHARACTERS = 2_000;

  private OneLine() {}

  /**
   * The text, with an escape for each character that is not visible, as in Java's literals; the end
   * of a very long one is left out.
   */
  public static String of(String text) {
    StringBuilder line = new StringBuilder();
    text.codePoints().limit(MOST_CHARACTERS).forEach(character -> append(line, character));
    return text.codePointCount(0, text.length()) > MOST_CHARACTERS ? line + "..." : line.toString();
  }

  private static void append(StringBuilder line, int character) {
    switch (character) {
      case '\n' -> line.append("\\n");
      case '\r' -> line.append("\\r");
      case '\t' -> line.append("\\t");
      default -> {
        if (isVisible(character)) {
          line.appendCodePoint(character);
        } else {
          line.append(String.format("\\u%04x", character));
        }
      }
    }
  }

  private static boolean isVisible(int character) {
    return switch (Character.getType(character)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.PRIVATE_USE,
          Character.SURROGATE,
          Character.UNASSIGNED ->
          false;
      default -> true;
    };
  }
}
