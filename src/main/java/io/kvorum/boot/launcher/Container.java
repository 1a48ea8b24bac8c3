package io.kvorum.boot.launcher;

import io.kvorum.boot.config.MemberConfig;
import io.kvorum.boot.host.OwnProcess;
import io.kvorum.support.Log;
import java.nio.file.Path;

/**
 * Boots Open Liberty behind a member that is running already, and opens the way to it for HTTP/1.1
 * clients. If it cannot be started, gRPC clients are served all the same. Runs once.
 *
 * <p>Held by: LauncherIT.
 */
final class Container implements Runnable {
  private static final Log LOG = Log.of(Container.class);

  private final Installation installation;
  private final MemberConfig config;
  private final Endpoints endpoints;
  private final OwnProcess process;

  Container(
      Installation installation, MemberConfig config, Endpoints endpoints, OwnProcess process) {
    this.installation = installation;
    this.config = config;
    this.endpoints = endpoints;
    this.process = process;
  }

  @Override
  public void run() {
    try {
      Path output = config.dataDirectory().resolve("liberty");
      Liberty liberty = Liberty.installed(installation.liberty(), output);
      endpoints.reserved().close();
      liberty.start(Liberty.variables(installation.application(), endpoints));
      endpoints.checkOpen();
      process.containerStarted();
      LOG.info("Open Liberty has started: JSON clients are served");
    } catch (LaunchException e) {
      process.containerFailed(String.valueOf(e.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
