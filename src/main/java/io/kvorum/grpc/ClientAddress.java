package io.kvorum.grpc;

import io.kvorum.support.Log;
import io.kvorum.tls.SocketPath;
import io.netty.channel.Channel;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/**
 * Names the client's end of a connection. That of a Unix domain socket has no name: it is known by
 * the socket that it came through and, where the system tells, by its user. Stateless.
 *
 * <p>Held by: SocketPortTest.
 */
final class ClientAddress {
  private static final Log LOG = Log.of(ClientAddress.class);

  private ClientAddress() {}

  static SocketAddress of(Channel channel) {
    Channel client = StreamChannel.connectionOf(channel);
    SocketAddress remote = client.remoteAddress();
    if (remote instanceof InetSocketAddress) {
      return remote;
    }
    Channel listener = client.parent();
    return listener == null || listener.localAddress() == null
        ? new OfSocket("", "")
        : new OfSocket(path(listener.localAddress()), user(client));
  }

  private static String path(SocketAddress socket) {
    return SocketPath.of(socket).orElseGet(socket::toString);
  }

  private static String user(Channel client) {
    if (client instanceof EpollDomainSocketChannel socket) {
      try {
        return " uid=" + socket.peerCredentials().uid();
      } catch (IOException gone) {
        LOG.debug("a client of a socket is gone before its user is known", gone);
      }
    }
    return "";
  }

  /** The clients of one user at one socket. Immutable. */
  private static final class OfSocket extends SocketAddress {
    private static final long serialVersionUID = 1L;

    private final String text;

    /**
     * @param path of the socket
     * @param user as it is appended to the path; empty if it is not known
     */
    OfSocket(String path, String user) {
      this.text = "unix:" + path + user;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof OfSocket same && same.text.equals(text);
    }

    @Override
    public int hashCode() {
      return text.hashCode();
    }

    @Override
    public String toString() {
      return text;
    }
  }
}
