package io.kvorum.crash;

import io.kvorum.testing.ServerKind;
import io.kvorum.testing.ServerProcess;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Where a member runs.
 *
 * @param client the URL for clients
 * @param peer the URL for other members
 * @param admin the URL for its administrator
 * @param prefix what comes before the command that starts it; empty for nothing
 */
record Place(URI client, URI peer, URI admin, List<String> prefix) {

  /** A place on the loopback interface of this machine. */
  static Place onLoopback() {
    return new Place(
        ServerProcess.freeAddress(),
        ServerProcess.freeAddress(),
        ServerProcess.freeAddress(),
        List.of());
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
}
