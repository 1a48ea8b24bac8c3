package io.kvorum.tracing;

import io.kvorum.consensus.Consensus;
import io.kvorum.service.Journal;

/**
 * Traces the calls of clients, and what they ask of consensus. Thread-safe. Nothing of
 * OpenTelemetry is loaded before {@link #open}.
 *
 * <p>Held by: TraceExportTest.
 */
public interface Traces extends AutoCloseable {
  /**
   * Where spans go to, and of which calls.
   *
   * @param instance empty for none
   * @param callsPerMillion how many of the calls whose client does not say; what the client has
   *     decided counts first
   */
  record Settings(String host, int port, String service, String instance, int callsPerMillion) {}

  /** Begins to export; the collector is connected to when there is something to send. */
  static Traces open(Settings settings) {
    return TraceExport.open(settings);
  }

  /** Traces the calls that it notes. */
  Journal journal();

  /** Traces what calls ask of that consensus. */
  Consensus traced(Consensus consensus);

  /** Sends what there is; waits for a moment at most. */
  @Override
  void close();
}
