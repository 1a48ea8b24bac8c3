package io.kvorum.boot.config;

import java.util.Collection;
import java.util.List;

/**
 * Finds the names that a misspelled one was likely meant to be. (picocli's own suggestions are all
 * options with the same two first letters.) Stateless.
 */
public final class Spelling {
  /** What etcd called its flags before they were stable, as in 3.5. */
  private static final String FORMER_PREFIX = "experimental-";

  /** A word may differ from what was meant in one letter, and in one of four. */
  private static final int LETTERS_PER_MISTAKE = 4;

  private static final int MOST_THAT_CONTAIN_IT = 3;

  private Spelling() {}

  /**
   * Continues a refusal: {@code , did you mean --data-dir?}; empty if nothing is likely.
   *
   * @param prefix stands before each name
   */
  public static String question(String prefix, Collection<String> likely) {
    return likely.isEmpty()
        ? ""
        : ", did you mean " + prefix + String.join(" or " + prefix, likely) + "?";
  }

  /**
   * The names that could be meant, equally likely; nearly always one or none.
   *
   * @param word what was written, without leading dashes
   * @param names what could have been meant
   * @param useful those of the names that are worth to be named for an abbreviation
   */
  public static List<String> likely(
      String word, Collection<String> names, Collection<String> useful) {
    String name = word.replace('_', '-');
    String current = name.startsWith(FORMER_PREFIX) ? name.substring(FORMER_PREFIX.length()) : name;
    int mistakes = Math.max(1, current.length() / LETTERS_PER_MISTAKE);
    int least = names.stream().mapToInt(known -> mistakes(current, known)).min().orElse(mistakes);
    if (least <= mistakes) {
      return names.stream().filter(known -> mistakes(current, known) == least).toList();
    }
    List<String> longer = useful.stream().filter(known -> contains(known, current)).toList();
    return longer.size() <= MOST_THAT_CONTAIN_IT ? longer : List.of();
  }

  /** Whether a name contains another as whole words. */
  private static boolean contains(String name, String part) {
    return ("-" + name + "-").contains("-" + part + "-");
  }

  /**
   * The distance of two words: letters that were left out, added, replaced, or exchanged with their
   * neighbour (optimal string alignment).
   */
  private static int mistakes(String left, String right) {
    int[][] distance = new int[left.length() + 1][right.length() + 1];
    for (int i = 0; i <= left.length(); i++) {
      for (int j = 0; j <= right.length(); j++) {
        distance[i][j] = i == 0 || j == 0 ? i + j : step(distance, left, right, i, j);
      }
    }
    return distance[left.length()][right.length()];
  }

  private static int step(int[][] distance, String left, String right, int i, int j) {
    int replaced = left.charAt(i - 1) == right.charAt(j - 1) ? 0 : 1;
    int least =
        Math.min(
            distance[i - 1][j - 1] + replaced,
            1 + Math.min(distance[i - 1][j], distance[i][j - 1]));
    boolean exchanged =
        i > 1
            && j > 1
            && left.charAt(i - 1) == right.charAt(j - 2)
            && left.charAt(i - 2) == right.charAt(j - 1);
    return exchanged ? Math.min(least, 1 + distance[i - 2][j - 2]) : least;
  }
}
