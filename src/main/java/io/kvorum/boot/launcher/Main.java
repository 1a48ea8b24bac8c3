package io.kvorum.boot.launcher;

import io.kvorum.boot.config.ConfigurationException;
import io.kvorum.boot.config.FlagValues;
import io.kvorum.boot.host.Console;
import io.kvorum.boot.host.ProcessExit;
import io.kvorum.support.Reason;
import io.kvorum.support.Threads;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import sun.misc.Signal;

/**
 * Runs a member in the foreground: {@code bin/kvorum}. The member comes first, its container
 * second: gRPC clients are served while Open Liberty, which serves JSON, still boots behind it.
 * What cannot be started is refused with one line on stderr.
 *
 * <p>Held by: LauncherIT.
 */
public final class Main {
  /** Exit status when the command line cannot be understood. */
  static final int MISUSE = ConfigurationException.WRONG_VALUE;

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
        run(Launch.of(FlagValues.resolve(run.flags(), System.getenv())));
      } else if (request instanceof CommandLineFlags.Request.Print print) {
        System.out.print(print.text());
      } else if (request instanceof CommandLineFlags.Request.Prepare) {
        prepare(Installation.ofThisProcess());
      }
    } catch (LaunchException cannotStart) {
      Console.refuse(cannotStart.getMessage());
      System.exit(cannotStart.status());
    } catch (ConfigurationException refused) {
      Console.refuse(refused.getMessage());
      System.exit(refused.exitStatus());
    }
  }

  private static void prepare(Installation installation) throws LaunchException {
    Path caches =
        installation
            .caches()
            .orElseThrow(() -> new LaunchException("no directory for caches can be written"));
    ClassArchive archive = new ClassArchive(caches, installation, Runtime.version());
    try {
      archive.forgetFailure();
    } catch (IOException unwritable) {
      throw new LaunchException("cannot write \"" + caches + "\": " + Reason.of(unwritable));
    }
    if (!archive.refresh()) {
      throw new LaunchException("could not make the caches in \"" + caches + "\"");
    }
    System.out.println("members will start with the caches in " + caches);
  }

  private static void run(Launch launch) throws InterruptedException {
    Optional<ClassArchive> archive =
        launch
            .installation()
            .caches()
            .map(caches -> new ClassArchive(caches, launch.installation(), Runtime.version()));
    stopOnSignal(launch, archive);
    launch
        .start()
        .copy() // what completes it early must not keep the member from reporting its readiness
        .completeOnTimeout(null, CONTAINER_PATIENCE_SECONDS, TimeUnit.SECONDS)
        .thenRunAsync(
            () -> {
              launch.container().run();
              archive.ifPresent(ClassArchive::refresh);
            },
            task -> Threads.daemon("kvorum-container", task).start());
    Thread.currentThread().join();
  }

  /**
   * A clean stop is a success: by default the JVM would exit with 128 + signal. Once the member is
   * closed there is nothing to wait for: Liberty holds nothing that has to be written.
   */
  private static void stopOnSignal(Launch launch, Optional<ClassArchive> archive) {
    for (String signal : new String[] {"TERM", "INT"}) {
      Signal.handle(
          new Signal(signal),
          received -> {
            archive.ifPresent(ClassArchive::stop);
            CompletableFuture<Void> stopped =
                CompletableFuture.runAsync(
                    launch.process()::stop, task -> Threads.daemon("kvorum-stop", task).start());
            stopped.completeOnTimeout(null, STOP_SECONDS, TimeUnit.SECONDS).join();
            ProcessExit.now(0);
          });
    }
  }
}
