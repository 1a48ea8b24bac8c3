package io.kvorum.boot.launcher;

import io.kvorum.boot.config.ConfigurationException;
import io.kvorum.boot.config.DataDirectory;
import io.kvorum.boot.config.Flag;
import io.kvorum.boot.config.FlagValues;
import io.kvorum.boot.config.Flags;
import io.kvorum.boot.config.Listeners;
import io.kvorum.boot.config.MemberConfig;
import io.kvorum.boot.config.Peers;
import io.kvorum.boot.config.UrlComparison;
import java.lang.ref.Reference;
import java.nio.file.Path;
import java.util.Objects;
import sun.misc.Signal;

/**
 * Runs a member in the foreground: {@code bin/kvorum}. Everything that can be refused is refused
 * before the server starts, with one line on stderr.
 *
 * <p>Held by: LauncherIT.
 */
public final class Main {
  /** Exit status when the machine or the data prevent the start, or the member gives up. */
  public static final int FAILURE = 1;

  /** Exit status when the command line or the configuration is wrong. */
  static final int MISUSE = 2;

  private Main() {}

  /** Ends with status 0 after SIGTERM or SIGINT. */
  public static void main(String[] args) throws InterruptedException {
    try {
      CommandLineFlags.Request request = new CommandLineFlags().parse(args);
      if (request instanceof CommandLineFlags.Request.Run run) {
        run(FlagValues.resolve(run.flags(), System.getenv()));
      } else if (request instanceof CommandLineFlags.Request.Print print) {
        System.out.print(print.text());
      }
    } catch (LaunchException cannotStart) {
      Console.err(cannotStart.getMessage());
      System.exit(cannotStart.status());
    } catch (ConfigurationException refused) {
      Console.err(refused.getMessage());
      System.exit(MISUSE);
    }
  }

  private static void run(FlagValues values) throws LaunchException, InterruptedException {
    MemberConfig config = MemberConfig.fromFlags(values::get);
    verifyFirstStart(config);
    values.warnings().forEach(Console::err);
    DataDirectory reserved = reserveDataDirectory(config);
    Endpoints endpoints = Endpoints.choose(config, values, Console::err);
    publish(values, config, endpoints);
    Console.out(
        "starting kvorum %s: member %s, data in %s"
            .formatted(Version.kvorum(), config.name(), config.dataDirectory()));

    Path home = Path.of(System.getProperty("kvorum.home", "")).toAbsolutePath();
    Path output = config.dataDirectory().resolve("liberty");
    Path further = FurtherEndpoints.write(output, config.listeners());
    Liberty liberty = Liberty.installed(home.resolve("target/liberty/wlp"), output);
    stopOnExit(liberty);
    Bootstrap.started().thenRun(endpoints.reserved()::close);
    liberty.start(Liberty.variables(home.resolve("target/kvorum"), endpoints, further));
    endpoints.checkOpen(config.listeners());
    Console.out(Bootstrap.started().getNow(Bootstrap.READY));
    Thread.currentThread().join();
    Reference.reachabilityFence(reserved);
  }

  /** Founders found through DNS are verified by the member itself. */
  private static void verifyFirstStart(MemberConfig config) {
    Peers peers = config.peers();
    if (!DataDirectory.hasMember(config) && peers.discoverySrv().isEmpty()) {
      peers.initialCluster().verify(config.name(), peers.advertised(), UrlComparison.byResolver());
    }
  }

  private static DataDirectory reserveDataDirectory(MemberConfig config) throws LaunchException {
    try {
      return DataDirectory.reserve(config);
    } catch (ConfigurationException unusable) {
      throw new LaunchException(Objects.requireNonNull(unusable.getMessage()));
    }
  }

  /** Passes the settings to the application, which reads them through MicroProfile Config. */
  private static void publish(FlagValues values, MemberConfig config, Endpoints endpoints) {
    for (Flag flag : Flags.all()) {
      String value = values.get(flag.name());
      System.setProperty(flag.property(), value == null ? flag.defaultValue() : value);
    }
    System.setProperty(Flags.get("data-dir").property(), config.dataDirectory().toString());
    System.setProperty(Listeners.RELAY_PORT_PROPERTY, String.valueOf(endpoints.relayPort()));
    System.setProperty(Bootstrap.LAUNCHED, "true");
  }

  /** A clean stop is a success: by default the JVM would exit with 128 + signal. */
  private static void stopOnExit(Liberty liberty) {
    Runtime.getRuntime().addShutdownHook(new Thread(liberty::stop, "stop"));
    for (String signal : new String[] {"TERM", "INT"}) {
      Signal.handle(new Signal(signal), received -> System.exit(0));
    }
  }
}
