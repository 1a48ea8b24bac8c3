package io.kvorum.boot.launcher;

import io.kvorum.support.Log;
import io.kvorum.support.Reason;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Boots Open Liberty behind a member that is running already, and opens the way to it for HTTP/1.1
 * clients. If it cannot be started, gRPC clients are served all the same. Runs once.
 *
 * <p>Held by: LauncherIT.
 */
final class Container implements Runnable {
  private static final Log LOG = Log.of(Container.class);

  private final Launch launch;

  Container(Launch launch) {
    this.launch = launch;
  }

  @Override
  public void run() {
    try {
      start();
      LOG.info("Open Liberty has started: JSON clients are served");
    } catch (LaunchException e) {
      launch.process().containerFailed(String.valueOf(e.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static @Nullable Path writtenBelow(Path output, @Nullable AdminTls adminTls)
      throws LaunchException {
    try {
      return adminTls == null ? null : adminTls.write(output.resolve("admin"));
    } catch (IOException cannotWrite) {
      throw new LaunchException("cannot secure the admin endpoint: " + Reason.of(cannotWrite));
    }
  }

  /** Returns when HTTP/1.1 clients are served. */
  Liberty start() throws LaunchException, InterruptedException {
    Installation installation = launch.installation();
    Endpoints endpoints = launch.endpoints();
    Path output = launch.config().dataDirectory().resolve("liberty");
    Liberty liberty = Liberty.of(installation, output);
    endpoints.reserved().close();
    liberty.start(
        Liberty.variables(
            installation.application(),
            endpoints,
            writtenBelow(output, endpoints.adminTls()),
            launch.config().logging().level()));
    endpoints.checkOpen();
    launch.process().containerStarted();
    return liberty;
  }
}
