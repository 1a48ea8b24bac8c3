package io.kvorum.testing;

import io.kvorum.model.Bytes;
import io.kvorum.model.FactSink;
import java.util.Map;

/** Keeps the facts that a table writes, where a test sees them. As thread-safe as its map. */
public record FactMap(Map<String, Bytes> facts) implements FactSink {
  @Override
  public void put(String name, Bytes value) {
    facts.put(name, value);
  }

  @Override
  public void remove(String name) {
    facts.remove(name);
  }
}
