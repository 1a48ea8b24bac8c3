package io.kvorum.peer.grpc;

import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerServiceDefinition;
import io.kvorum.peer.grpc.link.PeerSockets;
import io.kvorum.proto.peer.Frame;
import io.kvorum.proto.peer.Notice;
import io.kvorum.proto.peer.PeerGrpc;
import io.kvorum.proto.peer.Welcome;
import java.util.concurrent.Semaphore;

/** Welcomes every caller; subclasses define what follows. */
abstract class ScriptedMember implements AutoCloseable {
  private final PeerSockets sockets = new PeerSockets(TestPeer.settings(0), TestPeer.NO_TLS, 1);
  private final Server server;

  ScriptedMember() throws Exception {
    ServerServiceDefinition service =
        ServerServiceDefinition.builder(PeerGrpc.SERVICE_NAME)
            .addMethod(PeerGrpc.getMessagesMethod(), this::welcome)
            .build();
    server = sockets.newServer(TestPeer.settings(0).addresses(), service).start();
  }

  private ServerCall.Listener<Frame> welcome(ServerCall<Frame, Notice> call, Metadata headers) {
    call.sendHeaders(new Metadata());
    call.sendMessage(Notice.newBuilder().setWelcome(Welcome.getDefaultInstance()).build());
    return afterWelcome(call);
  }

  abstract ServerCall.Listener<Frame> afterWelcome(ServerCall<Frame, Notice> call);

  String url() {
    return "http://127.0.0.1:" + server.getPort();
  }

  @Override
  public void close() {
    server.shutdownNow();
    sockets.close();
  }

  /** Neither reads nor sends. */
  static final class Silent extends ScriptedMember {
    Silent() throws Exception {}

    @Override
    ServerCall.Listener<Frame> afterWelcome(ServerCall<Frame, Notice> call) {
      return new ServerCall.Listener<>() {};
    }
  }

  /** Answers pings and counts them. */
  static final class Ponging extends ScriptedMember {
    final Semaphore pings = new Semaphore(0);

    Ponging() throws Exception {}

    @Override
    ServerCall.Listener<Frame> afterWelcome(ServerCall<Frame, Notice> call) {
      call.request(Integer.MAX_VALUE);
      return new ServerCall.Listener<>() {
        @Override
        public void onMessage(Frame frame) {
          call.sendMessage(Notice.newBuilder().setPong(frame.getPing()).build());
          pings.release();
        }
      };
    }
  }
}
