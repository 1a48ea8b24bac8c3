package io.kvorum.testing;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The servers that the black-box tools know how to start. */
public enum ServerKind {
  /** The launcher of this project, as a user runs it. */
  KVORUM("kvorum"),
  /** The same, as a follower in a cluster of three. */
  FOLLOWER("follower"),
  /**
   * A stock etcd, against which the tests themselves are checked: 3.4 from the PATH, or the program
   * that {@code -Dkvorum.etcd} names.
   */
  ETCD("etcd34");

  private final String reference;

  ServerKind(String reference) {
    this.reference = reference;
  }

  /** The kind that {@code -Dkvorum.reference} names; Kvorum if it names none. */
  public static ServerKind underTest() {
    String wanted = System.getProperty("kvorum.reference", "").strip();
    if (wanted.isEmpty()) {
      return KVORUM;
    }
    return Stream.of(values())
        .filter(kind -> kind.reference.equals(wanted))
        .findFirst()
        .orElseThrow(
            () -> new IllegalArgumentException("-Dkvorum.reference=" + wanted + " is not known"));
  }

  /** The executable, or empty with nothing to run. */
  public Optional<Path> executable() {
    return switch (this) {
      case KVORUM, FOLLOWER ->
          Optional.of(projectRoot().resolve("bin/kvorum")).filter(Files::isExecutable);
      case ETCD -> {
        String given = System.getProperty("kvorum.etcd", "").strip();
        yield given.isEmpty() ? onPath("etcd") : Optional.of(Path.of(given));
      }
    };
  }

  /** What to print where the executable is missing. */
  public String howToGet() {
    return switch (this) {
      case KVORUM, FOLLOWER ->
          "bin/kvorum is missing or not executable; build it: mvn -B package -DskipTests";
      case ETCD -> "no etcd on the PATH; get it: apt-get install etcd-server";
    };
  }

  /** The command line of the only member of a cluster. */
  public List<String> command(Path dataDirectory, URI client, URI peer, List<String> flags) {
    List<String> alone = new ArrayList<>(List.of("--initial-cluster", "m0=" + peer));
    alone.addAll(flags);
    return command("m0", dataDirectory, client, peer, alone);
  }

  /** The command line of a member whose flags name its cluster. */
  public List<String> command(
      String name, Path dataDirectory, URI client, URI peer, List<String> flags) {
    Path executable = executable().orElseThrow(() -> new IllegalStateException(howToGet()));
    List<String> command = new ArrayList<>();
    command.add(executable.toString());
    command.addAll(
        List.of(
            "--name",
            name,
            "--data-dir",
            dataDirectory.toString(),
            "--listen-client-urls",
            client.toString(),
            "--advertise-client-urls",
            client.toString(),
            "--listen-peer-urls",
            peer.toString(),
            "--initial-advertise-peer-urls",
            peer.toString()));
    command.addAll(flags);
    return command;
  }

  /** Finds a program on the PATH. */
  public static Optional<Path> onPath(String program) {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
        .map(directory -> Path.of(directory, program))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** Where pom.xml is. */
  public static Path projectRoot() {
    return Path.of(System.getProperty("basedir", System.getProperty("user.dir")));
  }
}
