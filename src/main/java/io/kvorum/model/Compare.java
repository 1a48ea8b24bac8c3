package io.kvorum.model;

/**
 * One condition of a transaction: every key in the range must satisfy it.
 *
 * <p>A range without keys is compared as one key whose numbers are all 0; a comparison of its value
 * is false, whatever the operator.
 *
 * @param number the operand for every target but VALUE
 * @param value the operand for VALUE
 */
public record Compare(KeyRange range, Target target, Operator operator, long number, Bytes value) {

  /** What of the key is compared. */
  public enum Target {
    VERSION,
    CREATE,
    MOD,
    VALUE,
    LEASE
  }

  /** How it is compared. */
  public enum Operator {
    EQUAL,
    GREATER,
    LESS,
    NOT_EQUAL;

    /**
     * @param comparison negative, zero or positive, as of {@link Comparable#compareTo}
     */
    public boolean holds(int comparison) {
      return switch (this) {
        case EQUAL -> comparison == 0;
        case GREATER -> comparison > 0;
        case LESS -> comparison < 0;
        case NOT_EQUAL -> comparison != 0;
      };
    }
  }
}
