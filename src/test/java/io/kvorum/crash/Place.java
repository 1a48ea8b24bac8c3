package io.kvorum.crash;

import io.kvorum.testing.ServerKind;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Where a member runs.
 *
 * @param client the URL for clients
 * @param peer the URL for other members
 * @param admin the URL for its administrator
 * @param prefix what comes before the command that starts it; empty for nothing
 */
record Place(URI client, URI peer, URI admin, List<String> prefix) {

  // Below the ports that the system gives to connections: a member that is down for a while must
  // find its own port free.
  private static final int LOWEST_PORT = 15_000;
  private static final int HIGHEST_PORT = 30_000;

  /** A place on the loopback interface of this machine. */
  static Place onLoopback(SplittableRandom random) {
    return new Place(freeUrl(random), freeUrl(random), freeUrl(random), List.of());
  }

  /** The command of a member at this place. */
  List<String> command(String name, Path data, String initialCluster) {
    List<String> flags =
        List.of(
            "--name",
            name,
            "--initial-cluster",
            initialCluster,
            "--kvorum-admin-url",
            admin.toString());
    List<String> command = new ArrayList<>(prefix);
    command.addAll(ServerKind.KVORUM.command(data, client, peer, flags));
    return command;
  }

  private static URI freeUrl(SplittableRandom random) {
    while (true) {
      int port = random.nextInt(LOWEST_PORT, HIGHEST_PORT);
      try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getByName("127.0.0.1"))) {
        return URI.create("http://127.0.0.1:" + socket.getLocalPort());
      } catch (IOException taken) {
        // Another one, then.
      }
    }
  }
}
