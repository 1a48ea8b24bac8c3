package io.kvorum.ops;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.auth.Token;
import io.kvorum.diagnostics.JvmDiagnostics;
import io.kvorum.grpc.OperatorPages.Request;
import io.kvorum.grpc.OperatorPages.Visitor;
import io.kvorum.grpc.PlainAnswer;
import io.kvorum.service.Caller;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class DiagnosticPagesTest {
  private static final String ROOT_TOKEN = "root";

  private final JvmDiagnostics jvm = new JvmDiagnostics();
  private final DiagnosticPages diagnostics = new DiagnosticPages(jvm);
  private final MemberPages pages = new MemberPages(diagnostics);

  @AfterEach
  void close() {
    jvm.close();
  }

  private static Visitor visitor(String address, @Nullable String token, boolean isDirect) {
    Caller caller = Caller.of(new InetSocketAddress(address, 4000), false, null, Caller.Face.JSON);
    return new Visitor(caller.withToken(token), isDirect);
  }

  private PlainAnswer get(String path, Visitor visitor) throws Exception {
    return send("GET", path, Map.of(), visitor);
  }

  private PlainAnswer send(
      String method, String path, Map<String, List<String>> parameters, Visitor visitor)
      throws Exception {
    return pages.answer(new Request(method, path, parameters, visitor)).get(60, TimeUnit.SECONDS);
  }

  @Test
  void withoutTheFlagThereAreNoSuchPages() {
    assertThat(new MemberPages().has("/debug/pprof/")).isFalse();
    assertThat(pages.has("/debug/pprof/")).isTrue();
    assertThat(pages.has("/debug/pprofx")).isFalse();
  }

  @Test
  void clientsOfThisMachineAreAnswered() throws Exception {
    for (String address : new String[] {"127.0.0.1", "127.1.2.3", "::1"}) {
      assertThat(get("/debug/pprof/", visitor(address, null, true)).status()).isEqualTo(200);
    }
    Visitor local = visitor("127.0.0.1", null, true);
    assertThat(get("/debug/pprof/threads", local).body()).contains("java.lang.Thread.State");
    assertThat(get("/debug/pprof/heap", local).body()).contains("java.lang.String");
    assertThat(get("/debug/pprof/goroutine", local).status()).isEqualTo(404);
  }

  @Test
  void allOthersAreRefusedUntilAdministratorsAreKnownAndThenAllButThese() throws Exception {
    Visitor stranger = visitor("10.0.0.1", null, true);
    Visitor root = visitor("10.0.0.1", ROOT_TOKEN, true);
    assertThat(get("/debug/pprof/heap", root).status()).isEqualTo(403);
    pages.administeredBy(
        caller -> CompletableFuture.completedFuture(Token.of(ROOT_TOKEN).equals(caller.token())));
    assertThat(get("/debug/pprof/heap", root).status()).isEqualTo(200);
    assertThat(get("/debug/pprof/heap", stranger).status()).isEqualTo(403);
    assertThat(get("/debug/pprof/heap", visitor("10.0.0.1", "user", true)).status()).isEqualTo(403);
    assertThat(get("/debug/pprof/heap", Visitor.UNKNOWN).status()).isEqualTo(403);
  }

  @Test
  void whatWasForwardedOrComesFromAPageDoesNotCountAsOfThisMachineNorByItsCertificate()
      throws Exception {
    pages.administeredBy(caller -> CompletableFuture.completedFuture(true));
    assertThat(get("/debug/pprof/", visitor("127.0.0.1", null, false)).status()).isEqualTo(403);
    assertThat(get("/debug/pprof/", visitor("127.0.0.1", ROOT_TOKEN, false)).status())
        .isEqualTo(200);
  }

  @Test
  void aRecordingHasABoundedDurationAndIsSentAsItIs() throws Exception {
    Visitor local = visitor("127.0.0.1", null, true);
    for (String wrong : new String[] {"0", "301", "-1", "x", ""}) {
      PlainAnswer refused =
          send("GET", "/debug/pprof/profile", Map.of("seconds", List.of(wrong)), local);
      assertThat(refused.status()).isEqualTo(400);
      assertThat(refused.body()).isEqualTo("seconds must be from 1 to 300\n");
    }
    PlainAnswer recorded =
        send("GET", "/debug/pprof/profile", Map.of("seconds", List.of("1")), local);
    assertThat(recorded.status()).isEqualTo(200);
    assertThat(recorded.contentType()).isEqualTo("application/octet-stream");
    assertThat(recorded.bytes()).startsWith('F', 'L', 'R', 0);
  }

  @Test
  void nothingButGetIsAnswered() throws Exception {
    assertThat(
            send("POST", "/debug/pprof/heap", Map.of(), visitor("127.0.0.1", null, true)).status())
        .isEqualTo(405);
  }
}
