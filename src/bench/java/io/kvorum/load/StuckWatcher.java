package io.kvorum.load;

import com.google.protobuf.ByteString;
import io.kvorum.proto.etcdserverpb.WatchCreateRequest;
import io.kvorum.proto.etcdserverpb.WatchRequest;
import io.netty.buffer.ByteBuf;
import java.net.URI;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A watcher of all keys of the load that takes no event: it holds back the window of its stream, or
 * does not even read from its socket.
 */
final class StuckWatcher implements AutoCloseable {

  /** What a stuck watcher stops doing. */
  enum Kind {
    /** It answers pings, but the window of its stream stays used up. */
    stream,
    /** It reads nothing from the socket, as a process that has been frozen. */
    socket
  }

  private static final int SMALL_WINDOW = 65_535;

  private final GrpcConnection connection;
  private final AtomicBoolean closing;

  private StuckWatcher(GrpcConnection connection, AtomicBoolean closing) {
    this.connection = connection;
    this.closing = closing;
  }

  static StuckWatcher start(Network network, URI endpoint, Kind kind, String keyPrefix)
      throws InterruptedException {
    ByteString from = ByteString.copyFromUtf8(keyPrefix);
    byte[] end = from.toByteArray();
    end[end.length - 1]++;
    WatchRequest create =
        WatchRequest.newBuilder()
            .setCreateRequest(
                WatchCreateRequest.newBuilder().setKey(from).setRangeEnd(ByteString.copyFrom(end)))
            .build();
    AtomicBoolean closing = new AtomicBoolean();
    CountDownLatch created = new CountDownLatch(1);
    AtomicReference<String> refusal = new AtomicReference<>();
    GrpcConnection connection =
        network.grpc(endpoint, kind == Kind.stream ? SMALL_WINDOW : Integer.MAX_VALUE);
    GrpcStream stream =
        new GrpcStream() {
          @Override
          public int data(ByteBuf in, int length) {
            if (kind == Kind.socket) {
              connection.channel().config().setAutoRead(false);
            }
            created.countDown();
            return 0;
          }

          @Override
          public void ended(@Nullable String failure) {
            if (!closing.get()) {
              refusal.set("the stuck watcher was ended: " + failure);
              created.countDown();
            }
          }
        };
    connection
        .eventLoop()
        .execute(
            () -> {
              connection.openStream(Operation.WATCH, create.toByteArray(), stream);
              connection.flush();
            });
    if (!created.await(10, TimeUnit.SECONDS) || refusal.get() != null) {
      throw new IllegalStateException("no watcher could be started: " + refusal.get());
    }
    return new StuckWatcher(connection, closing);
  }

  @Override
  public void close() {
    closing.set(true);
    connection.close();
  }
}
