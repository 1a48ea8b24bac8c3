package io.kvorum.boot.launcher;

import io.kvorum.boot.config.ConfigurationException;
import io.kvorum.boot.config.DataDirectory;
import io.kvorum.boot.config.FlagValues;
import io.kvorum.boot.config.MemberConfig;
import io.kvorum.boot.config.Peers;
import io.kvorum.boot.config.UrlComparison;
import io.kvorum.boot.host.Console;
import io.kvorum.boot.host.OwnProcess;
import io.kvorum.boot.host.SystemdNotifier;
import io.kvorum.support.Log;
import io.kvorum.support.Threads;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import sun.misc.Signal;

/**
 * Runs a member in the foreground: {@code bin/kvorum}. The member comes first, its container
 * second: gRPC clients are served while Open Liberty, which serves JSON, still boots behind it.
 * Everything that can be refused is refused before the member starts, with one line on stderr.
 *
 * <p>Held by: LauncherIT.
 */
public final class Main {
  /** Exit status when the command line or the configuration is wrong. */
  static final int MISUSE = 2;

  /** The container waits for the member's first leader, but not for longer. */
  private static final long CONTAINER_PATIENCE_SECONDS = 5;

  private static final int STOP_SECONDS = 60;

  private Main() {}

  /** Ends with status 0 after SIGTERM or SIGINT. */
  public static void main(String[] args) throws InterruptedException {
    Liberty.claimJvm();
    try {
      CommandLineFlags.Request request = new CommandLineFlags().parse(args);
      if (request instanceof CommandLineFlags.Request.Run run) {
        run(FlagValues.resolve(run.flags(), System.getenv()));
      } else if (request instanceof CommandLineFlags.Request.Print print) {
        System.out.print(print.text());
      }
    } catch (LaunchException cannotStart) {
      Console.refuse(cannotStart.getMessage());
      System.exit(cannotStart.status());
    } catch (ConfigurationException refused) {
      Console.refuse(refused.getMessage());
      System.exit(MISUSE);
    }
  }

  private static void run(FlagValues values) throws LaunchException, InterruptedException {
    HeapSize.check(Runtime.getRuntime().maxMemory());
    MemberConfig config = MemberConfig.fromFlags(values::get);
    verifyFirstStart(config);
    List<String> warnings = new ArrayList<>(values.warnings());
    Endpoints endpoints = Endpoints.choose(config, values, warnings::add);
    Installation installation = Installation.ofThisProcess();

    OwnProcess process =
        OwnProcess.of(
            config, endpoints.relayPort(), SystemdNotifier.fromEnvironment(System.getenv()));
    stopOnSignal(process);
    Log log = Log.of(Main.class);
    log.info(
        "starting kvorum {}: member {}, data in {}",
        Version.kvorum(),
        config.name(),
        config.dataDirectory());
    warnings.forEach(warning -> log.warning("{}", warning));

    CompletableFuture<Void> ready = process.start();
    Container container = new Container(installation, config, endpoints, process);
    ready
        .completeOnTimeout(null, CONTAINER_PATIENCE_SECONDS, TimeUnit.SECONDS)
        .thenRunAsync(container, task -> Threads.daemon("kvorum-container", task).start());
    Thread.currentThread().join();
  }

  /** Founders found through DNS are verified by the member itself. */
  private static void verifyFirstStart(MemberConfig config) {
    Peers peers = config.peers();
    if (!DataDirectory.hasMember(config) && peers.discoverySrv().isEmpty()) {
      peers.initialCluster().verify(config.name(), peers.advertised(), UrlComparison.byResolver());
    }
  }

  /**
   * A clean stop is a success: by default the JVM would exit with 128 + signal. Once the member is
   * closed there is nothing to wait for: Liberty holds nothing that has to be written.
   */
  private static void stopOnSignal(OwnProcess process) {
    for (String signal : new String[] {"TERM", "INT"}) {
      Signal.handle(
          new Signal(signal),
          received -> {
            CompletableFuture<Void> stopped = new CompletableFuture<>();
            Threads.daemon(
                    "kvorum-stop",
                    () -> {
                      process.stop();
                      stopped.complete(null);
                    })
                .start();
            stopped.completeOnTimeout(null, STOP_SECONDS, TimeUnit.SECONDS).join();
            Runtime.getRuntime().halt(0);
          });
    }
  }
}
