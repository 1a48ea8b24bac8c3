package io.kvorum.wire;

import com.google.gson.stream.JsonWriter;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.grpc.Status;
import io.kvorum.audit.AuditLevel;
import io.kvorum.audit.AuditLog;
import io.kvorum.service.Caller;
import io.kvorum.service.Journal;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Holds what is written of one call. Immutable.
 *
 * <p>Held by: CallJournalTest.
 *
 * @param user empty if the caller is none
 * @param request without what may not be written
 */
record AuditedCall(
    String id,
    Instant time,
    long startNanos,
    AuditLevel level,
    Caller caller,
    String user,
    String method,
    Message request) {
  /** The fields that name a lease, by the message they are in. */
  private static final List<String> LEASES = List.of("lease", "ID");

  /** What a line is about. */
  enum Stage {
    STARTED,
    ENDED,
    COMPLETE;

    String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** The line of the call's end. */
  Line ended(Journal.Kind kind, @Nullable Object result, @Nullable Throwable failure) {
    return new Line(
        this,
        kind == Journal.Kind.STREAM ? Stage.ENDED : Stage.COMPLETE,
        failure == null ? Status.OK : ErrorTable.auditedStatusOf(failure),
        CallJournal.revisionOf(result),
        System.nanoTime() - startNanos);
  }

  /**
   * One line of the log, made when it is written.
   *
   * @param status null if the call has not ended
   * @param revision 0 if there is none
   */
  record Line(AuditedCall call, Stage stage, @Nullable Status status, long revision, long nanos)
      implements AuditLog.Line {
    private static final int OVERHEAD_BYTES = 500;

    @Override
    public int bytes() {
      return OVERHEAD_BYTES + call.request().getSerializedSize();
    }

    @Override
    public String text() {
      StringWriter text = new StringWriter();
      JsonWriter out = new JsonWriter(text);
      try {
        out.beginObject();
        out.name("time").value(call.time().toString());
        out.name("id").value(call.id());
        out.name("stage").value(stage.label());
        out.name("level").value(call.level().label());
        call.writeCaller(out);
        out.name("method").value(call.method());
        call.writeTarget(out);
        writeOutcome(out);
        if (call.level() == AuditLevel.REQUEST) {
          out.name("request");
          AuditFields.write(call.request(), out);
        }
        out.endObject();
      } catch (IOException impossible) {
        throw new UncheckedIOException(impossible);
      }
      return text.toString();
    }

    private void writeOutcome(JsonWriter out) throws IOException {
      if (status == null) {
        return;
      }
      out.name("code").value(status.getCode().name());
      String description = status.getDescription();
      if (description != null && ErrorTable.contains(status)) {
        out.name("error").value(description);
      }
      if (revision > 0) {
        out.name("revision").value(revision);
      }
      out.name("micros").value(TimeUnit.NANOSECONDS.toMicros(nanos));
    }
  }

  private void writeCaller(JsonWriter out) throws IOException {
    if (!user.isEmpty()) {
      out.name("user").value(user);
    }
    X509Certificate certificate = caller.certificate();
    if (certificate != null) {
      out.name("certificate").beginObject();
      if (caller.commonName() != null) {
        out.name("commonName").value(caller.commonName());
      }
      out.name("subject").value(certificate.getSubjectX500Principal().getName());
      out.name("serial").value(certificate.getSerialNumber().toString(16));
      out.endObject();
    }
    out.name("remote").value(text(caller.address()));
    out.name("secured").value(caller.isSecured());
    out.name("face").value(caller.face().name().toLowerCase(Locale.ROOT));
  }

  static String text(SocketAddress address) {
    if (!(address instanceof InetSocketAddress internet)) {
      return address.toString();
    }
    String host = internet.getHostString();
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + internet.getPort();
  }

  /** What the call is about: its keys, and the lease or member that it names. */
  private void writeTarget(JsonWriter out) throws IOException {
    List<AuditedKeys> keys = AuditedKeys.of(request);
    if (!keys.isEmpty()) {
      out.name("keys").beginArray();
      for (AuditedKeys each : keys) {
        each.write(out);
      }
      out.endArray();
    }
    if (method.startsWith("Cluster/") || method.startsWith("Maintenance/")) {
      writeId("member", List.of("ID", "memberID", "targetID"), out);
    } else {
      writeId("lease", LEASES, out);
    }
  }

  private void writeId(String name, List<String> fields, JsonWriter out) throws IOException {
    for (String each : fields) {
      FieldDescriptor field = request.getDescriptorForType().findFieldByName(each);
      if (field != null && request.getField(field) instanceof Long id && id != 0) {
        out.name(name).value(Long.toHexString(id));
      }
    }
  }
}
