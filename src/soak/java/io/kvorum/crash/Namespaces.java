package io.kvorum.crash;

import io.kvorum.testing.Place;
import io.kvorum.testing.SystemCommand;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;

/**
 * Gives each member its own network namespace, on one bridge of this machine, and can cut one
 * member off from another in one direction: packets to it then go to an unused link address and are
 * lost silently, as in a broken switch. Clients on this machine reach every member through the
 * bridge all the time. Needs root and {@code ip}. Not thread-safe.
 *
 * <pre>
 *   m1 (10.231.n.2) ──┐
 *   m2 (10.231.n.3) ──┼── bridge (10.231.n.1): clients
 *   m3 (10.231.n.4) ──┘
 * </pre>
 *
 * <p>All names begin with {@code kvf} and the id of this process; what a process that is gone has
 * left behind is removed by the next one.
 */
final class Namespaces implements AutoCloseable {

  private static final String PREFIX = "kvf";
  private static final String NOBODY = "02:6b:76:00:00:ff";
  private static final int CLIENT_PORT = 12_379;
  private static final int PEER_PORT = 12_380;
  private static final int ADMIN_PORT = 12_990;

  private final String own = PREFIX + ProcessHandle.current().pid();
  private final String network = "10.231." + ProcessHandle.current().pid() % 250 + ".";
  private final int count;
  private final Thread guard = new Thread(this::removeAll, "guard of namespaces");

  private Namespaces(int count) {
    this.count = count;
  }

  /** This process may not make networks; the message says what it needs. */
  static final class CannotMake extends RuntimeException {
    private static final long serialVersionUID = 1;

    CannotMake(String output) {
      super(
          "this test puts members into network namespaces and cannot ("
              + output
              + "); run the build as root, with iproute2 installed");
    }
  }

  /**
   * Makes so many.
   *
   * @throws CannotMake if this process may not, or there is no {@code ip}
   */
  static Namespaces make(int count) throws InterruptedException {
    removeLeftOvers();
    Namespaces made = new Namespaces(count);
    Runtime.getRuntime().addShutdownHook(made.guard);
    try {
      made.setUp();
    } catch (IllegalStateException e) {
      made.close();
      throw new CannotMake(e.getMessage());
    }
    return made;
  }

  private void setUp() throws InterruptedException {
    ip("link", "add", "name", bridge(), "type", "bridge");
    ip("addr", "add", network + "1/24", "dev", bridge());
    ip("link", "set", bridge(), "up");
    for (int i = 0; i < count; i++) {
      ip("netns", "add", space(i));
      ip("link", "add", "name", wire(i), "type", "veth", "peer", "name", "eth0", "netns", space(i));
      ip("link", "set", wire(i), "master", bridge(), "up");
      inside(i, "link", "set", "lo", "up");
      inside(i, "link", "set", "eth0", "up");
      inside(i, "addr", "add", address(i) + "/24", "dev", "eth0");
    }
  }

  /** Where a member runs, by its index. */
  Place place(int i) {
    return new Place(
        URI.create("http://" + address(i) + ":" + CLIENT_PORT),
        URI.create("http://" + address(i) + ":" + PEER_PORT),
        URI.create("http://127.0.0.1:" + ADMIN_PORT),
        List.of("ip", "netns", "exec", space(i)));
  }

  /** Nothing that one member sends reaches the other any more; the way back stays open. */
  void cut(int from, int to) throws InterruptedException {
    inside(
        from, "neigh", "replace", address(to), "lladdr", NOBODY, "dev", "eth0", "nud", "permanent");
  }

  /** Undoes {@link #cut}. */
  void mend(int from, int to) throws InterruptedException {
    inside(from, "neigh", "del", address(to), "dev", "eth0");
  }

  private String address(int i) {
    return network + (i + 2);
  }

  private String bridge() {
    return own + "b";
  }

  private String space(int i) {
    return own + "m" + (i + 1);
  }

  private String wire(int i) {
    return own + "w" + (i + 1);
  }

  private static void ip(String... words) throws InterruptedException {
    SystemCommand.run(command(List.of("ip"), words));
  }

  private void inside(int i, String... words) throws InterruptedException {
    SystemCommand.run(command(List.of("ip", "-n", space(i)), words));
  }

  private static String[] command(List<String> program, String... words) {
    List<String> command = new ArrayList<>(program);
    command.addAll(List.of(words));
    return command.toArray(String[]::new);
  }

  private static void removeLeftOvers() throws InterruptedException {
    for (String name : names("netns", "list")) {
      if (isLeftOver(name)) {
        SystemCommand.attempt("ip", "netns", "del", name);
      }
    }
    for (String name : names("-br", "link", "show", "type", "bridge")) {
      if (isLeftOver(name)) {
        SystemCommand.attempt("ip", "link", "del", name);
      }
    }
  }

  private static List<String> names(String... words) throws InterruptedException {
    SystemCommand.Outcome listed = SystemCommand.attempt(command(List.of("ip"), words));
    return listed.succeeded()
        ? listed.output().lines().map(line -> line.split("\\s+", 2)[0]).toList()
        : List.of();
  }

  private static boolean isLeftOver(String name) {
    return name.matches(PREFIX + "[0-9]+(b|m[0-9])")
        && ProcessHandle.of(Long.parseLong(name.replaceAll("kvf([0-9]+).*", "$1"))).isEmpty();
  }

  private void removeAll() {
    try {
      for (int i = 0; i < count; i++) {
        SystemCommand.attempt("ip", "link", "del", wire(i));
        SystemCommand.attempt("ip", "netns", "del", space(i));
      }
      SystemCommand.attempt("ip", "link", "del", bridge());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Removes them all; the members must have ended. */
  @Override
  public void close() {
    removeAll();
    try {
      Runtime.getRuntime().removeShutdownHook(guard);
    } catch (IllegalStateException alreadyShuttingDown) {
      // Then the guard runs anyway and finds nothing to remove.
    }
  }
}
