package io.kvorum.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RequestHeadersTest {

  private final RequestHeaders headers = new RequestHeaders("127.0.0.1:2379", null);
  private final DefaultHttp2HeadersDecoder server = new DefaultHttp2HeadersDecoder(true);

  @Test
  void aServerUnderstandsEveryBlockAlsoWhenOperationsAlternate() throws Http2Exception {
    for (Operation operation :
        List.of(
            Operation.PUT,
            Operation.PUT,
            Operation.RANGE,
            Operation.PUT,
            Operation.WATCH,
            Operation.RANGE,
            Operation.TXN,
            Operation.PUT)) {
      Http2Headers decoded =
          server.decodeHeaders(1, Unpooled.wrappedBuffer(headers.next(operation)));
      assertThat(decoded.method()).hasToString("POST");
      assertThat(decoded.scheme()).hasToString("http");
      assertThat(decoded.authority()).hasToString("127.0.0.1:2379");
      assertThat(decoded.path()).hasToString(operation.grpcPath());
      assertThat(decoded.get("te")).hasToString("trailers");
      assertThat(decoded.get("content-type")).hasToString("application/grpc");
      List<String> names = new ArrayList<>();
      decoded.forEach(header -> names.add(header.getKey().toString()));
      assertThat(names.subList(0, 4)).allMatch(name -> name.startsWith(":"));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 126, 127, 128, 254, 255, 256, 1_000, 3_000})
  void tokensOfAnyLengthArrive(int length) throws Http2Exception {
    String token = "t".repeat(length);
    RequestHeaders known = new RequestHeaders("127.0.0.1:2379", token);
    for (int i = 0; i < 2; i++) {
      Http2Headers decoded =
          server.decodeHeaders(1, Unpooled.wrappedBuffer(known.next(Operation.PUT)));
      assertThat(decoded.get("token")).hasToString(token);
    }
  }

  @Test
  void whatRepeatsIsOneByteEach() {
    headers.next(Operation.PUT);
    assertThat(headers.next(Operation.PUT)).hasSize(7);
  }
}
