package io.kvorum.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.kvorum.proto.etcdserverpb.PutRequest;
import io.kvorum.service.ClientLimits;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.Test;

class RequestBodiesTest {
  private static final ClientLimits LIMITS = new ClientLimits(1000, 128, 4 << 20);

  private final RequestBodies bodies = new RequestBodies(LIMITS);

  private Message read(String json, int declaredLength) throws IOException {
    byte[] body = json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    return bodies
        .read(new ByteArrayInputStream(body), declaredLength, PutRequest.newBuilder())
        .build();
  }

  @Test
  void aBodyIsReadWithAndWithoutItsLength() throws IOException {
    PutRequest put = PutRequest.newBuilder().setKey(ByteString.copyFromUtf8("a")).build();
    assertThat(read("{'key':'YQ=='}", 14)).isEqualTo(put);
    assertThat(read("{'key':'YQ=='}", -1)).isEqualTo(put);
    assertThatThrownBy(() -> read("{'key':'YQ=='}", 15)).isInstanceOf(IOException.class);
  }

  @Test
  void aMessageThatIsTooLargeIsRefusedInGrpcsWords() {
    String tooLarge = Base64.getEncoder().encodeToString(new byte[LIMITS.maxMessageBytes()]);
    assertThatThrownBy(() -> read("{'value':'" + tooLarge + "'}", -1))
        .hasMessageContaining("grpc: received message larger than max");
    String farTooLarge = " ".repeat(LIMITS.maxJsonBytes() + 1);
    assertThatThrownBy(() -> read(farTooLarge, -1))
        .hasMessageContaining("larger than max (" + (LIMITS.maxJsonBytes() + 1));
  }
}
