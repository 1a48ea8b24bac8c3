package io.kvorum.ops;

import io.kvorum.diagnostics.JvmDiagnostics;
import io.kvorum.grpc.OperatorPages.Request;
import io.kvorum.grpc.OperatorPages.Visitor;
import io.kvorum.grpc.PlainAnswer;
import io.kvorum.service.Caller;
import io.kvorum.support.Futures;
import io.kvorum.support.Log;
import io.kvorum.support.Reason;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Answers the pages below {@code /debug/pprof/}, for clients of this machine over loopback and for
 * administrators: what they show may be parts of keys and values, and each costs time. Thread-safe;
 * nothing blocks.
 *
 * <p>Held by: DiagnosticPagesTest.
 */
public final class DiagnosticPages {
  private static final Log LOG = Log.of(DiagnosticPages.class);
  private static final String ROOT = "/debug/pprof";
  private static final Duration LONGEST = Duration.ofMinutes(5);
  private static final String DEFAULT_SECONDS = "30";
  private static final long MOST_BYTES = 32L << 20;

  private static final String INDEX =
      """
      /debug/pprof/threads               stacks and locks of all threads
      /debug/pprof/heap                  objects on the heap, by class; all threads stop meanwhile
      /debug/pprof/profile?seconds=30    a recording of JDK Flight Recorder, of 1 to %d seconds
      """
          .formatted(LONGEST.toSeconds());

  private final JvmDiagnostics jvm;
  private volatile Function<Caller, CompletableFuture<Boolean>> administrators =
      caller -> CompletableFuture.completedFuture(false);

  public DiagnosticPages(JvmDiagnostics jvm) {
    this.jvm = jvm;
  }

  /**
   * Takes who may ask from elsewhere. Until then nobody may.
   *
   * @param decision whether a client is an administrator
   */
  public void admit(Function<Caller, CompletableFuture<Boolean>> decision) {
    administrators = decision;
  }

  /** Whether a path is one of these pages, or may become one. */
  static boolean covers(String path) {
    return path.equals(ROOT) || path.startsWith(ROOT + "/");
  }

  CompletableFuture<PlainAnswer> answer(Request request) {
    return isAdmitted(request.visitor())
        .thenCompose(
            admitted ->
                admitted
                    ? page(request)
                    : CompletableFuture.completedFuture(
                        PlainAnswer.forbidden(
                            "diagnostics are for clients of this machine that connect to a"
                                + " loopback address, other than browsers and proxies, and for"
                                + " administrators: root, or, while auth is off, clients with a"
                                + " certificate")));
  }

  private CompletableFuture<Boolean> isAdmitted(Visitor visitor) {
    Caller caller = visitor.caller();
    if (caller == null) {
      return CompletableFuture.completedFuture(false);
    }
    if (visitor.isDirect() && isLocal(caller)) {
      return CompletableFuture.completedFuture(true);
    }
    // A browser shows a certificate to any page's request, but a token only if the page sets
    // the header.
    return visitor.isDirect() || caller.token() != null
        ? administrators.apply(caller)
        : CompletableFuture.completedFuture(false);
  }

  private static boolean isLocal(Caller caller) {
    return caller.address() instanceof InetSocketAddress internet
        && internet.getAddress() != null
        && internet.getAddress().isLoopbackAddress();
  }

  private CompletableFuture<PlainAnswer> page(Request request) {
    if (!request.method().equals("GET")) {
      return CompletableFuture.completedFuture(PlainAnswer.methodNotAllowed());
    }
    return switch (request.path().substring(ROOT.length())) {
      case "", "/" -> CompletableFuture.completedFuture(PlainAnswer.text(INDEX));
      case "/threads" -> answered(jvm.threads().thenApply(PlainAnswer::text));
      case "/heap" -> answered(jvm.heap().thenApply(PlainAnswer::text));
      case "/profile" -> profile(request);
      default -> CompletableFuture.completedFuture(PlainAnswer.notFound());
    };
  }

  private CompletableFuture<PlainAnswer> profile(Request request) {
    Duration duration =
        duration(request.parameters().getOrDefault("seconds", List.of(DEFAULT_SECONDS)).get(0));
    if (duration == null) {
      return CompletableFuture.completedFuture(
          PlainAnswer.badRequest("seconds must be from 1 to " + LONGEST.toSeconds()));
    }
    LOG.info("recording the JVM's events for {} s", duration.toSeconds());
    return answered(jvm.record(duration, MOST_BYTES).thenApply(PlainAnswer::binary));
  }

  private static @Nullable Duration duration(String seconds) {
    try {
      Duration duration = Duration.ofSeconds(Integer.parseInt(seconds));
      return duration.toSeconds() >= 1 && duration.compareTo(LONGEST) <= 0 ? duration : null;
    } catch (NumberFormatException notANumber) {
      return null;
    }
  }

  private static CompletableFuture<PlainAnswer> answered(CompletableFuture<PlainAnswer> answer) {
    return answer.exceptionally(
        failure -> {
          Throwable cause = Futures.cause(failure);
          if (!(cause instanceof JvmDiagnostics.BusyException)) {
            LOG.warning("diagnostics failed", cause);
          }
          return PlainAnswer.unavailable(Reason.of(cause));
        });
  }
}
