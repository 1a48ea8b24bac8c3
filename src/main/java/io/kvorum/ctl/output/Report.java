package io.kvorum.ctl.output;

import java.util.List;
import java.util.Optional;

/** What a command has found out, in every form in which it can be printed. Immutable. */
public interface Report {
  /** For people and simple scripts. */
  List<String> simple();

  /** What goes to stderr beside {@link #simple}. */
  default List<String> complaints() {
    return List.of();
  }

  /** One line. */
  String json();

  /** One value in each line, after its name. */
  List<String> fields();

  /** Empty if it is never shown as a table. */
  Optional<TextTable> table();
}
