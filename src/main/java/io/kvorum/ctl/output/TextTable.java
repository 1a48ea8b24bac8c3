package io.kvorum.ctl.output;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * Draws a table in a box: the heading in capitals and centred, the cells aligned to the right.
 * Immutable.
 *
 * @param heading the names of the columns
 * @param rows as many cells in each
 */
public record TextTable(List<String> heading, List<List<String>> rows) {
  /** The lines of a table without its box: cells joined by commas. */
  List<String> commaSeparated() {
    return rows.stream().map(row -> String.join(", ", row)).toList();
  }

  /** The lines of the drawing. */
  List<String> drawn() {
    List<String> capitals =
        heading.stream().map(name -> name.replace('_', ' ').toUpperCase(Locale.ROOT)).toList();
    List<Integer> widths = widths(capitals);
    List<String> lines = new ArrayList<>();
    lines.add(rule("┌", "┬", "┐", widths));
    lines.add(line(capitals, widths, TextTable::centred));
    if (!rows.isEmpty()) {
      lines.add(rule("├", "┼", "┤", widths));
      rows.forEach(row -> lines.add(line(row, widths, TextTable::toTheRight)));
    }
    lines.add(rule("└", "┴", "┘", widths));
    return lines;
  }

  private List<Integer> widths(List<String> capitals) {
    List<Integer> widths = new ArrayList<>();
    for (int column = 0; column < capitals.size(); column++) {
      int width = width(capitals.get(column));
      for (List<String> row : rows) {
        width = Math.max(width, width(row.get(column)));
      }
      widths.add(width);
    }
    return widths;
  }

  private static int width(String cell) {
    return cell.codePointCount(0, cell.length());
  }

  private static String rule(String left, String between, String right, List<Integer> widths) {
    return widths.stream()
        .map(width -> "─".repeat(width + 2))
        .collect(Collectors.joining(between, left, right));
  }

  private interface Alignment {
    String place(String cell, int blanks);
  }

  private static String line(List<String> cells, List<Integer> widths, Alignment alignment) {
    List<String> placed = new ArrayList<>();
    for (int column = 0; column < cells.size(); column++) {
      String cell = Objects.requireNonNull(cells.get(column));
      placed.add(" " + alignment.place(cell, widths.get(column) - width(cell)) + " ");
    }
    return "│" + String.join("│", placed) + "│";
  }

  private static String centred(String cell, int blanks) {
    return " ".repeat(blanks / 2) + cell + " ".repeat(blanks - blanks / 2);
  }

  private static String toTheRight(String cell, int blanks) {
    return " ".repeat(blanks) + cell;
  }
}
