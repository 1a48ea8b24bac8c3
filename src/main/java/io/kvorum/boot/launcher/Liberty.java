package io.kvorum.boot.launcher;

import com.ibm.wsspi.kernel.embeddable.Server;
import com.ibm.wsspi.kernel.embeddable.ServerBuilder;
import com.ibm.wsspi.kernel.embeddable.ServerException;
import io.kvorum.boot.config.LogLevel;
import io.kvorum.model.MemberUrl;
import io.kvorum.support.Reason;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import javax.management.JMException;
import javax.management.ObjectName;
import org.jspecify.annotations.Nullable;

/**
 * Runs one Open Liberty server in this JVM through its embedding interface. Everything it writes
 * (work area, logs) goes below the output directory, so that several members can run from one
 * installation. Thread-safe.
 *
 * <p>Held by: LauncherIT.
 */
final class Liberty {
  /** The server's name in the user directory, and the application's in server.xml. */
  private static final String NAME = "kvorum";

  /** A placeholder where server.xml needs a port but no endpoint listens. */
  private static final int NO_PORT = 1;

  private final Server server;
  private final @Nullable WorkArea workArea;

  private Liberty(Server server, @Nullable WorkArea workArea) {
    this.server = server;
    this.workArea = workArea;
  }

  /**
   * Makes java.util.logging and JMX, of which there is one per JVM, what Liberty expects them to
   * be. To be called before anything else uses them.
   */
  static void claimJvm() {
    System.setProperty("java.util.logging.manager", "com.ibm.ws.kernel.boot.logging.WsLogManager");
    System.setProperty(
        "javax.management.builder.initial",
        "com.ibm.ws.kernel.boot.jmx.internal.PlatformMBeanServerBuilder");
  }

  static Liberty of(Installation installation, Path output) throws LaunchException {
    Optional<Path> caches = installation.caches();
    WorkArea workArea = caches.isEmpty() ? null : WorkArea.of(installation, caches.get(), output);
    try {
      return new Liberty(
          new ServerBuilder()
              .setName(NAME)
              .setUserDir(installation.users().toFile())
              .setOutputDir(output.toFile())
              .setLogDir(output.resolve("logs").toFile())
              .build(),
          workArea);
    } catch (ServerException cannotBuild) {
      throw new LaunchException("cannot prepare Open Liberty: " + Reason.inFull(cannotBuild));
    }
  }

  /**
   * The variables of server.xml.
   *
   * @param application the exploded WAR
   * @param adminTls the part of a server.xml that secures the admin endpoint; null if it is plain
   */
  static Map<String, String> variables(
      Path application, Endpoints endpoints, @Nullable Path adminTls, LogLevel level) {
    MemberUrl admin = endpoints.admin();
    return Map.of(
        "kvorum.application",
        application.toString(),
        "kvorum.relay.port",
        String.valueOf(endpoints.relayPort()),
        "kvorum.admin.host",
        endpoints.adminHost(),
        "kvorum.admin.port",
        admin == null || adminTls != null ? "-1" : String.valueOf(admin.port()),
        "kvorum.admin.tls",
        adminTls == null ? "none.xml" : adminTls.toString(),
        "kvorum.admin.alias",
        "*:" + (admin == null ? NO_PORT : admin.port()),
        // Until server.xml has been read; then its own level applies.
        "com.ibm.ws.logging.console.log.level",
        "OFF",
        // Liberty sets the level of every logger that is made from now on, ours as well.
        "com.ibm.ws.logging.trace.specification",
        level == LogLevel.DEBUG ? "*=info:io.kvorum.*=fine" : "*=info");
  }

  /** Returns when the server and its application have started and its ports are open. */
  void start(Map<String, String> variables) throws LaunchException, InterruptedException {
    if (workArea != null) {
      workArea.restore();
    }
    try {
      Server.Result result = server.start(variables).get();
      if (!result.successful()) {
        throw notStarted(result.getException());
      }
    } catch (ExecutionException failed) {
      throw notStarted(failed);
    }
    String state = applicationState();
    if (!state.equals("STARTED")) {
      throw new LaunchException("the application did not start; its state is " + state);
    }
  }

  private static LaunchException notStarted(@Nullable Throwable cause) {
    String reason = cause == null ? "see its log" : Reason.inFull(cause);
    return new LaunchException("Open Liberty did not start: " + reason);
  }

  /** Stops cleanly, and keeps what the start has computed for starts to come. */
  void stopAndKeepWorkArea() throws LaunchException, InterruptedException {
    try {
      server.stop().get();
    } catch (ExecutionException failed) {
      throw new LaunchException("Open Liberty did not stop: " + Reason.inFull(failed));
    }
    if (workArea != null) {
      workArea.keep();
    }
  }

  private static String applicationState() {
    try {
      ObjectName application =
          new ObjectName(
              "WebSphere:service=com.ibm.websphere.application.ApplicationMBean,name=" + NAME);
      return String.valueOf(
          ManagementFactory.getPlatformMBeanServer().getAttribute(application, "State"));
    } catch (JMException notThere) {
      return "NOT_INSTALLED";
    }
  }
}
