package io.kvorum.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Metadata;
import io.kvorum.auth.Token;
import io.kvorum.support.MemoryBudget;
import io.netty.channel.embedded.EmbeddedChannel;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ClientConnectionTest {
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final ClientConnection connection =
      new ClientConnection(
          channel,
          new Outbox(channel.eventLoop()),
          MemoryBudget.unlimited().newAccount(),
          new Presence(1 << 20, 0),
          new Arrivals(MemoryBudget.unlimited().newAccount().open()),
          null);

  /** What a call with these pairs of names and values has for a token. */
  private @Nullable Token token(String... pairs) {
    Metadata headers = new Metadata();
    for (int i = 0; i < pairs.length; i += 2) {
      headers.put(Metadata.Key.of(pairs[i], Metadata.ASCII_STRING_MARSHALLER), pairs[i + 1]);
    }
    return connection.caller(headers).token();
  }

  @Test
  void theTokenIsTheFirstOfTheKeyThatEtcdReads() {
    assertThat(token()).isNull();
    assertThat(token("authorization", "Bearer a")).isEqualTo(Token.of("Bearer a"));
    assertThat(token("authorization", "a", "token", "b")).isEqualTo(Token.of("b"));
    assertThat(token("token", "first", "token", "second")).isEqualTo(Token.of("first"));
    assertThat(token("authorization", "a", "token", "")).isEqualTo(Token.of(""));
  }

  @Test
  void callsWithoutATokenShareTheirCaller() {
    assertThat(connection.caller(new Metadata())).isSameAs(connection.caller(new Metadata()));
  }
}
