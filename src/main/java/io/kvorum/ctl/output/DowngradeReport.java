package io.kvorum.ctl.output;

import io.kvorum.proto.etcdserverpb.DowngradeResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reports the outcome of a downgrade command.
 *
 * @param action as etcdctl names it, such as {@code validate}
 * @param hex whether ids are hexadecimal in the form {@code fields}
 */
public record DowngradeReport(String action, DowngradeResponse answer, boolean hex)
    implements Report {
  @Override
  public List<String> simple() {
    return List.of("Downgrade " + action + " success, cluster version " + answer.getVersion());
  }

  @Override
  public Optional<TextTable> table() {
    return Optional.empty();
  }

  @Override
  public String json() {
    GoJson json = new GoJson();
    if (answer.hasHeader()) {
      json.raw("header", Headers.json(answer.getHeader()));
    }
    return json.text("version", answer.getVersion()).done();
  }

  @Override
  public List<String> fields() {
    List<String> lines = new ArrayList<>(Headers.fields(answer.getHeader(), hex));
    lines.add(Headers.field("Version", GoText.quoted(answer.getVersion())));
    return lines;
  }
}
