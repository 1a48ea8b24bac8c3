package io.kvorum.boot;

import io.kvorum.audit.AuditLog;
import io.kvorum.boot.config.Audit;
import io.kvorum.boot.config.ConfigurationException;
import io.kvorum.diagnostics.JvmDiagnostics;
import io.kvorum.grpc.ClientPort;
import io.kvorum.ops.DiagnosticPages;
import io.kvorum.ops.MemberPages;
import io.kvorum.service.RelayedConnections;
import io.kvorum.support.MemoryBudget;
import io.kvorum.tracing.Traces;
import java.io.IOException;
import java.util.Optional;

/**
 * Holds what clients see of a member before there is anything behind it.
 *
 * @param port not yet listening
 * @param pages of that port
 * @param memory what the clients of that port make the member hold
 * @param security the certificates and keys, for clients and for other members
 * @param audit notes the calls of clients; empty if nothing does
 * @param traces of those calls; empty if there are none
 */
record MemberFront(
    ClientPort port,
    MemberPages pages,
    RelayedConnections relayed,
    MemoryBudget memory,
    MemberSecurity security,
    Optional<AuditLog> audit,
    Optional<JvmDiagnostics> diagnostics,
    Optional<Traces> traces)
    implements AutoCloseable {

  /**
   * @throws IOException if files of keys, or the audit log, cannot be used
   */
  static MemberFront of(PartSettings settings) throws IOException {
    MemberSecurity security = MemberSecurity.open(settings);
    Optional<AuditLog> audit;
    try {
      audit = settings.config().audit().map(Audit::open);
    } catch (ConfigurationException cannotWrite) {
      security.close();
      throw cannotWrite;
    }
    Optional<JvmDiagnostics> diagnostics =
        settings.config().observing().hasDiagnostics()
            ? Optional.of(new JvmDiagnostics())
            : Optional.empty();
    MemberPages pages = new MemberPages(diagnostics.map(DiagnosticPages::new).orElse(null));
    RelayedConnections relayed = new RelayedConnections();
    MemoryBudget memory = settings.memory();
    return new MemberFront(
        new ClientPort(settings.clientPort(), pages, relayed, memory, security.clients()),
        pages,
        relayed,
        memory,
        security,
        audit,
        diagnostics,
        settings.tracing().map(Traces::open));
  }

  @Override
  public void close() {
    port.close();
    security.close();
    audit.ifPresent(AuditLog::close);
    // No method references: a class that was never needed may be unreadable now, since a foreign
    // server stops an application after its archive has been deleted.
    if (diagnostics.isPresent()) {
      diagnostics.get().close();
    }
    if (traces.isPresent()) {
      traces.get().close();
    }
  }
}
