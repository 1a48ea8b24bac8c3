package io.kvorum.load;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** The options of one run, filled by picocli. Set once, then only read. */
final class LoadOptions {

  /** How requests travel. */
  enum Protocol {
    grpc,
    json
  }

  @Option(
      names = "--endpoint",
      description = "where the server listens; several are used in turn (${DEFAULT-VALUE})",
      defaultValue = "http://127.0.0.1:2379",
      split = ",")
  List<URI> endpoints = List.of();

  @Option(names = "--scenario", required = true, description = "${COMPLETION-CANDIDATES}")
  Scenario scenario = Scenario.put;

  @Option(names = "--protocol", defaultValue = "grpc", description = "${COMPLETION-CANDIDATES}")
  Protocol protocol = Protocol.grpc;

  @Option(names = "--connections", defaultValue = "1", description = "TCP connections")
  int connections;

  @Option(
      names = "--in-flight",
      defaultValue = "1",
      description = "calls in flight in total; over JSON as many as connections")
  int inFlight;

  @Option(names = "--keys", defaultValue = "10000", description = "number of keys")
  int keys;

  @Option(names = "--key-size", defaultValue = "31", description = "bytes of a key")
  int keySize;

  @Option(names = "--value-size", defaultValue = "256", description = "bytes of a value")
  int valueSize;

  @Option(names = "--key-prefix", defaultValue = "kvorum/load/", description = "of each key")
  String keyPrefix = "";

  @Option(names = "--range", defaultValue = "20", description = "keys per range")
  int rangeLength;

  @Option(names = "--reads", defaultValue = "80", description = "per cent of gets when mixed")
  int readPercent;

  @Option(names = "--warmup", defaultValue = "3", description = "seconds before counting begins")
  double warmupSeconds;

  @Option(names = "--seconds", defaultValue = "10", description = "seconds to count")
  double seconds;

  @Option(names = "--ops", description = "count this many operations instead of seconds")
  @Nullable Long ops;

  @Option(names = "--watchers", defaultValue = "1000", description = "watchers on one key")
  int watchers;

  @Option(
      names = "--rate",
      defaultValue = "50",
      description = "puts a second on the watched key; 0 = one after the other without a pause")
  int rate;

  @Option(
      names = "--stuck-watchers",
      defaultValue = "0",
      description = "watchers on all keys that read no event, beside the load")
  int stuckWatchers;

  @Option(
      names = "--stuck",
      defaultValue = "socket",
      description = "what they stop reading: ${COMPLETION-CANDIDATES}")
  StuckWatcher.Kind stuckKind = StuckWatcher.Kind.socket;

  @Option(names = "--threads", defaultValue = "1", description = "event loops of the client")
  int threads;

  @Option(names = "--cacert", description = "authority of https endpoints, in PEM")
  @Nullable Path authority;

  @Option(names = "--cert", description = "certificate of the client")
  @Nullable Path certificate;

  @Option(names = "--key", description = "its key")
  @Nullable Path key;

  @Option(names = "--token", description = "of a user, sent with each request")
  @Nullable String token;

  @Option(names = "--resume", description = "handshakes resume sessions of earlier ones")
  boolean resumesSessions;

  @Option(names = "--seed", defaultValue = "1", description = "of keys and values")
  long seed;

  @Option(names = "--server-pid", split = ",", description = "measure these processes together")
  List<Long> serverPids = List.of();

  @Option(names = "--label", defaultValue = "", description = "first column of the report")
  String label = "";

  @Option(names = "--json", description = "append the report as a line of JSON to this file")
  @Nullable Path jsonFile;

  @Option(names = "--csv", description = "append the report as a line of CSV to this file")
  @Nullable Path csvFile;

  /** The options of a command line. */
  static LoadOptions parse(List<String> arguments) {
    return CommandLine.populateCommand(new LoadOptions(), arguments.toArray(new String[0]));
  }

  /** What secures connections; null if nothing is to be. */
  @Nullable ClientKeys clientKeys() throws IOException {
    return authority == null ? null : new ClientKeys(authority, certificate, key);
  }

  Keys keySpace() {
    return new Keys(keyPrefix, keySize, keys, valueSize, seed);
  }

  void validate() {
    require(connections >= 1 && inFlight >= 1 && keys >= 1 && threads >= 1, "counts start at 1");
    require(scenario != Scenario.handshake || connections == 1, "--in-flight says how many");
    require(inFlight >= connections, "--in-flight must not be less than --connections");
    require(
        protocol == Protocol.grpc || inFlight == connections,
        "over JSON each connection carries one call: --in-flight must equal --connections");
    require(rangeLength <= keys, "--range must not exceed --keys");
    require(readPercent >= 0 && readPercent <= 100, "--reads is a percentage");
    // A request must fit into the first window of a stream, a txn carries the value twice.
    require(valueSize >= 16 && valueSize <= 30_000, "--value-size is from 16 to 30000");
    require(!endpoints.isEmpty(), "--endpoint is missing");
  }

  private static void require(boolean condition, String complaint) {
    if (!condition) {
      throw new IllegalArgumentException(complaint);
    }
  }
}
