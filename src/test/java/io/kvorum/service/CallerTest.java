package io.kvorum.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.auth.Token;
import io.kvorum.tls.TestAuthority;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.junit.jupiter.api.Test;

class CallerTest {
  private static final SocketAddress ADDRESS = new InetSocketAddress("10.0.0.7", 40_000);

  @Test
  void theCommonNameIsThatOfTheCertificatesSubject() throws Exception {
    TestAuthority authority = new TestAuthority("ca");
    assertThat(secured(authority.client("alice")).commonName()).isEqualTo("alice");
    assertThat(secured(authority.client("a+b=c, \"d\\e\" é")).commonName())
        .isEqualTo("a+b=c, \"d\\e\" é");
    assertThat(secured(authority.clientWithoutName()).commonName()).isNull();
    assertThat(Caller.of(ADDRESS, true, null, Caller.Face.GRPC).commonName()).isNull();
  }

  private static Caller secured(TestAuthority.Identity client) {
    return Caller.of(ADDRESS, true, client.certificate(), Caller.Face.GRPC);
  }

  @Test
  void aRequestWithoutATokenCostsNoCallerOfItsOwn() {
    Caller caller = Caller.of(ADDRESS, false, null, Caller.Face.JSON);
    assertThat(caller.withToken(null)).isSameAs(caller);
    assertThat(caller.withToken("").token()).isEqualTo(Token.of(""));
  }

  @Test
  void requestsThatFollowEachOtherWithOneTokenShareTheirCaller() {
    Caller client = Caller.of(ADDRESS, false, null, Caller.Face.GRPC);
    ConnectionCallers callers = new ConnectionCallers(client);
    Caller first = callers.withToken("a");
    assertThat(first).isEqualTo(client.withToken("a"));
    assertThat(callers.withToken("a")).isSameAs(first);
    assertThat(callers.withToken(null)).isSameAs(client);
    assertThat(callers.withToken("a")).isSameAs(first);
    assertThat(callers.withToken("b")).isEqualTo(client.withToken("b"));
    assertThat(callers.withToken("a")).isEqualTo(first).isNotSameAs(first);
    String large = "t".repeat(1025);
    assertThat(callers.withToken(large)).isEqualTo(client.withToken(large));
    assertThat(callers.withToken(large)).isNotSameAs(callers.withToken(large));
  }

  @Test
  void whatIsTooLongToBeATokenOrASpanIsNotKept() {
    Caller caller = Caller.of(ADDRESS, false, null, Caller.Face.GRPC);
    String longest = "t".repeat(8192);
    assertThat(caller.withToken(longest).token()).isEqualTo(Token.of(longest));
    assertThat(caller.withToken(longest + "t").token()).isEqualTo(Token.of(""));
    assertThat(caller.withTraceParent("0".repeat(128)).traceParent()).hasSize(128);
    assertThat(caller.withTraceParent("0".repeat(129)).traceParent()).isNull();
    assertThat(caller.withToken(longest).withoutToken()).isEqualTo(caller);
  }

  @Test
  void theTokenDoesNotGetIntoText() {
    Caller caller = Caller.of(ADDRESS, true, null, Caller.Face.JSON).withToken("s3cret");
    assertThat(caller.token()).isEqualTo(Token.of("s3cret")).hasToString("Token");
    assertThat(caller).hasToString("JSON client /10.0.0.7:40000, secured");
  }
}
