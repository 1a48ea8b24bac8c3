package io.kvorum.ctl.output;

import java.io.PrintStream;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The forms of {@code --write-out}. */
public enum OutputFormat {
  SIMPLE,
  JSON,
  FIELDS,
  TABLE,
  /** Known, but nothing here is printed in it. */
  PROTOBUF;

  /** The name, as it is written after the flag. */
  public String label() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }

  /** The format of that name; empty if there is none. */
  public static Optional<OutputFormat> of(String label) {
    return Stream.of(values()).filter(format -> format.label().equals(label)).findFirst();
  }

  /**
   * Prints the report.
   *
   * @throws IllegalStateException if the report has no such form
   */
  public void print(Report report, PrintStream out, PrintStream err) {
    if (this == SIMPLE) {
      report.complaints().forEach(err::println);
    }
    lines(report).forEach(out::println);
  }

  private List<String> lines(Report report) {
    return switch (this) {
      case SIMPLE -> report.simple();
      case JSON -> List.of(report.json());
      case FIELDS -> report.fields();
      case TABLE -> report.table().orElseThrow(this::unsupported).drawn();
      case PROTOBUF -> throw unsupported();
    };
  }

  private IllegalStateException unsupported() {
    return new IllegalStateException(label() + " not supported as output format");
  }
}
