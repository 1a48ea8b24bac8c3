package io.kvorum.boot.launcher;

import io.kvorum.boot.config.DataDirectory;
import io.kvorum.boot.config.FlagValues;
import io.kvorum.boot.config.MemberConfig;
import io.kvorum.boot.config.Peers;
import io.kvorum.boot.config.UrlComparison;
import io.kvorum.boot.host.OwnProcess;
import io.kvorum.boot.host.SystemdNotifier;
import io.kvorum.support.Log;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Prepares a start: everything that can be refused is refused here, before the member touches its
 * data. Immutable.
 *
 * @param endpoints those of the container
 * @param process the member's, not started yet
 */
record Launch(
    MemberConfig config, Endpoints endpoints, Installation installation, OwnProcess process) {

  /**
   * Makes this JVM that of a member. To be called once.
   *
   * @throws LaunchException if the machine or the installation does not allow the start
   * @throws io.kvorum.boot.config.ConfigurationException if a value is not acceptable
   */
  static Launch of(FlagValues values) throws LaunchException {
    HeapSize.check(Runtime.getRuntime().maxMemory());
    MemberConfig config = MemberConfig.fromFlags(values::get);
    verifyFirstStart(config);
    List<String> warnings = new ArrayList<>(values.warnings());
    Endpoints endpoints = Endpoints.choose(config, values, warnings::add);
    Installation installation = Installation.ofThisProcess();
    OwnProcess process =
        OwnProcess.of(
            config, endpoints.relayPort(), SystemdNotifier.fromEnvironment(System.getenv()));
    // Not a field: the log is open from here on.
    Log log = Log.of(Main.class);
    log.info(
        "starting kvorum {}: member {}, data in {}",
        Version.kvorum(),
        config.name(),
        config.dataDirectory());
    warnings.forEach(warning -> log.warning("{}", warning));
    return new Launch(config, endpoints, installation, process);
  }

  /** Starts the member; see {@link OwnProcess#start}. */
  CompletableFuture<Void> start() {
    return process.start();
  }

  /** The container behind the member. */
  Container container() {
    return new Container(this);
  }

  /** Founders found through DNS are verified by the member itself. */
  private static void verifyFirstStart(MemberConfig config) {
    Peers peers = config.peers();
    if (!DataDirectory.hasMember(config) && peers.discoverySrv().isEmpty()) {
      peers.initialCluster().verify(config.name(), peers.advertised(), UrlComparison.byResolver());
    }
  }
}
