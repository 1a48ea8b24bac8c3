package io.kvorum.ctl.output;

import io.kvorum.proto.etcdserverpb.HashKVResponse;
import java.util.ArrayList;
import java.util.List;

/**
 * Reports the hashes of endpoints' histories.
 *
 * @param endpoints those that have answered
 * @param hex whether ids are hexadecimal in the form {@code fields}
 */
public record HashKvReport(List<Endpoint> endpoints, boolean hex) implements TableReport {
  /** One endpoint and its answer. */
  public record Endpoint(String name, HashKVResponse hash) {}

  @Override
  public TextTable asTable() {
    return new TextTable(
        List.of("endpoint", "hash", "hash_revision"),
        endpoints.stream()
            .map(
                endpoint ->
                    List.of(
                        endpoint.name(),
                        Integer.toUnsignedString(endpoint.hash().getHash()),
                        Long.toString(endpoint.hash().getHashRevision())))
            .toList());
  }

  @Override
  public String json() {
    return GoJson.slice(
        endpoints.stream()
            .map(
                endpoint ->
                    new GoJson()
                        .raw("Endpoint", GoJson.quoted(endpoint.name()))
                        .raw("HashKV", json(endpoint.hash()))
                        .done())
            .toList());
  }

  private static String json(HashKVResponse hash) {
    GoJson json = new GoJson();
    if (hash.hasHeader()) {
      json.raw("header", Headers.json(hash.getHeader()));
    }
    return json.unsigned("hash", Integer.toUnsignedLong(hash.getHash()))
        .signed("compact_revision", hash.getCompactRevision())
        .signed("hash_revision", hash.getHashRevision())
        .done();
  }

  @Override
  public List<String> fields() {
    List<String> lines = new ArrayList<>();
    for (Endpoint endpoint : endpoints) {
      HashKVResponse hash = endpoint.hash();
      lines.addAll(Headers.fields(hash.getHeader(), hex));
      lines.add(Headers.field("Endpoint", GoText.quoted(endpoint.name())));
      lines.add(Headers.field("Hash", Integer.toUnsignedString(hash.getHash())));
      lines.add(Headers.field("HashRevision", hash.getHashRevision()));
      lines.add("");
    }
    return lines;
  }
}
