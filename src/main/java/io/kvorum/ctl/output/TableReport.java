package io.kvorum.ctl.output;

import java.util.List;
import java.util.Optional;

/**
 * A report whose simple form is its table with commas. Immutable.
 *
 * <p>Held by: EndpointReportsTest, ClusterReportsTest.
 */
interface TableReport extends Report {
  TextTable asTable();

  @Override
  default List<String> simple() {
    return asTable().commaSeparated();
  }

  @Override
  default Optional<TextTable> table() {
    return Optional.of(asTable());
  }
}
