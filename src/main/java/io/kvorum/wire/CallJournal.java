package io.kvorum.wire;

import com.google.protobuf.Message;
import io.kvorum.audit.AuditLevel;
import io.kvorum.audit.AuditLog;
import io.kvorum.audit.AuditPolicy;
import io.kvorum.model.KeyRange;
import io.kvorum.model.Result;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.proto.v3electionpb.LeaderRequest;
import io.kvorum.service.Caller;
import io.kvorum.service.ElectionService;
import io.kvorum.service.Journal;
import io.kvorum.service.LockService;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Writes the calls of clients to the audit log, as far as the policy asks for it: a call with one
 * answer when it has ended, a stream when it begins and when it has ended. Thread-safe; a call
 * costs its thread no more than a copy of the request without values.
 *
 * <p>Held by: CallJournalTest, AuditIT.
 */
public final class CallJournal implements Journal {
  private static final int ID_BYTES = 4;

  private final AuditPolicy policy;
  private final boolean asksForKeys;
  private final AuditLog log;
  private final Function<Caller, String> users;
  private final Clock clock;
  private final String idPrefix;
  private final AtomicLong calls = new AtomicLong();

  /**
   * @param users the user that a caller is; empty if it is none
   * @param clock the time that lines carry
   */
  public CallJournal(
      AuditPolicy policy, AuditLog log, Function<Caller, String> users, Clock clock) {
    this.policy = policy;
    this.asksForKeys = policy.asksForKeys();
    this.log = log;
    this.users = users;
    this.clock = clock;
    byte[] start = new byte[ID_BYTES];
    new SecureRandom().nextBytes(start);
    this.idPrefix = HexFormat.of().formatHex(start) + "-";
  }

  @Override
  public boolean namesUsers() {
    return true;
  }

  @Override
  public Entry begin(Caller caller, Object request, Kind kind) {
    Message message = (Message) request;
    String method = method(message, kind);
    List<KeyRange> ranges =
        asksForKeys ? AuditedKeys.of(message).stream().map(AuditedKeys::range).toList() : List.of();
    String user = users.apply(caller);
    AuditLevel level = policy.levelOf(user, method, ranges);
    if (level == AuditLevel.NONE) {
      return Entry.NONE;
    }
    AuditedCall call =
        new AuditedCall(
            idPrefix + calls.incrementAndGet(),
            clock.instant(),
            System.nanoTime(),
            level,
            caller.withoutToken(),
            user,
            method,
            AuditFields.allowed(message));
    if (kind == Kind.STREAM) {
      log.add(new AuditedCall.Line(call, AuditedCall.Stage.STARTED, null, 0, 0));
    }
    return (result, failure) -> log.add(call.ended(kind, result, failure));
  }

  /**
   * The method that has such a request, such as {@code KV/Put}. Two requests belong to a call with
   * one answer and to a stream.
   */
  static String method(Message request, Kind kind) {
    if (kind == Kind.STREAM && request instanceof RangeRequest) {
      return "KV/RangeStream";
    }
    if (kind == Kind.STREAM && request instanceof LeaderRequest) {
      return "Election/Observe";
    }
    String name = request.getDescriptorForType().getName();
    String call = name.substring(0, name.length() - "Request".length());
    return switch (call) {
      case "Range", "Put", "DeleteRange", "Txn" -> "KV/" + call;
      case "Compaction" -> "KV/Compact";
      case "WatchCreate" -> "Watch/Watch";
      case "Lock", "Unlock" -> "Lock/" + call;
      case "Campaign", "Proclaim", "Leader", "Resign" -> "Election/" + call;
      case "AuthEnable", "AuthDisable", "AuthStatus", "Authenticate" -> "Auth/" + call;
      default -> service(call);
    };
  }

  /**
   * The same with the package, as gRPC names methods: {@code etcdserverpb.KV/Put}.
   *
   * @param request the decoded message of the API
   */
  public static String fullMethod(Object request, Kind kind) {
    Message message = (Message) request;
    return message.getDescriptorForType().getFile().getPackage() + "." + method(message, kind);
  }

  private static String service(String call) {
    if (call.startsWith("AuthUser") || call.startsWith("AuthRole")) {
      return "Auth/" + call.substring("Auth".length());
    }
    if (call.startsWith("Lease")) {
      return "Lease/" + call;
    }
    return (call.startsWith("Member") ? "Cluster/" : "Maintenance/") + call;
  }

  /** The revision that a result names; 0 if it names none. */
  static long revisionOf(@Nullable Object result) {
    if (result instanceof Result applied) {
      return applied.revision();
    } else if (result instanceof LockService.Locked locked) {
      return locked.revision();
    } else if (result instanceof ElectionService.Elected elected) {
      return elected.revision();
    }
    return result instanceof ElectionService.Leader leader ? leader.revision() : 0;
  }
}
