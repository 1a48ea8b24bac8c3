package io.kvorum.rest.json;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Writes a JSON number that is whole, in whatever notation, as its decimal digits, as Go's
 * protojson does. It takes a time proportional to the text, whatever the exponent says. Stateless.
 *
 * <p>Held by: WholeNumberTest, JsonToMessageTest.
 */
final class WholeNumber {
  /** Those of 2^64 - 1. */
  private static final int MOST_DIGITS = 20;

  private static final Pattern FORM =
      Pattern.compile("(-?)(?:0|([1-9][0-9]*))(?:\\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?");

  private WholeNumber() {}

  /**
   * The digits, behind a minus if the number is negative. If it has an exponent they are at most
   * {@value #MOST_DIGITS}.
   *
   * @throws NumberFormatException if the text is no number, or the number is not whole
   */
  static String digitsOf(String text) {
    Matcher number = FORM.matcher(text);
    if (!number.matches()) {
      throw new NumberFormatException("no JSON number");
    }
    String whole = number.group(2) == null ? "" : number.group(2);
    String fraction = number.group(3) == null ? "" : withoutZerosAtEnd(number.group(3));
    if (whole.isEmpty() && fraction.isEmpty()) {
      return "0";
    }
    int exponent = number.group(4) == null ? 0 : Integer.parseInt(number.group(4));
    return number.group(1)
        + (exponent < 0 ? cut(whole, fraction, exponent) : extended(whole, fraction, exponent));
  }

  private static String withoutZerosAtEnd(String fraction) {
    int end = fraction.length();
    while (end > 0 && fraction.charAt(end - 1) == '0') {
      end--;
    }
    return fraction.substring(0, end);
  }

  /** Moves the point to the right. */
  private static String extended(String whole, String fraction, int exponent) {
    if (fraction.length() > exponent || exponent > MOST_DIGITS - whole.length() && exponent > 0) {
      throw new NumberFormatException("not whole, or too large");
    }
    return whole + fraction + "0".repeat(exponent - fraction.length());
  }

  /** Moves the point to the left, over zeros alone. */
  private static String cut(String whole, String fraction, int exponent) {
    long end = (long) whole.length() + exponent;
    if (!fraction.isEmpty()
        || end < 0
        || !withoutZerosAtEnd(whole.substring((int) end)).isEmpty()) {
      throw new NumberFormatException("not whole");
    }
    return whole.substring(0, (int) end);
  }
}
