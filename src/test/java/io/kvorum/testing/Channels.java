package io.kvorum.testing;

import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.net.URI;

/** Opens gRPC channels to a member, the way every test client wants them. Stateless. */
public final class Channels {
  private Channels() {}

  /** A plaintext channel that never retries a call by itself and takes answers of any size. */
  public static ManagedChannel to(URI endpoint) {
    return NettyChannelBuilder.forAddress(endpoint.getHost(), endpoint.getPort())
        .usePlaintext()
        .disableRetry()
        .maxInboundMessageSize(Integer.MAX_VALUE)
        .build();
  }
}
