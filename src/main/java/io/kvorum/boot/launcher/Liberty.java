package io.kvorum.boot.launcher;

import com.ibm.wsspi.kernel.embeddable.Server;
import com.ibm.wsspi.kernel.embeddable.ServerBuilder;
import com.ibm.wsspi.kernel.embeddable.ServerException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * One Open Liberty server in this JVM, started and stopped through its embedding interface.
 * Everything it writes (work area, logs) goes below the output directory, so that several members
 * can run from one installation. Thread-safe.
 */
final class Liberty {
  /** The server's name in the user directory, and the application's in server.xml. */
  private static final String NAME = "kvorum";

  private final Server server;

  private Liberty(Server server) {
    this.server = server;
  }

  static Liberty installed(Path installation, Path output) throws LaunchException {
    try {
      return new Liberty(
          new ServerBuilder()
              .setName(NAME)
              .setUserDir(installation.resolve("usr").toFile())
              .setOutputDir(output.toFile())
              .setLogDir(output.resolve("logs").toFile())
              .build());
    } catch (ServerException cannotBuild) {
      throw new LaunchException("cannot prepare Open Liberty: " + cannotBuild.getMessage());
    }
  }

  /** Returns when the server and its application have started and its ports are open. */
  void start(Map<String, String> variables) throws LaunchException, InterruptedException {
    try {
      Server.Result result = server.start(variables).get();
      if (!result.successful()) {
        throw new LaunchException("Open Liberty did not start: " + result.getException());
      }
    } catch (ExecutionException failed) {
      throw new LaunchException("Open Liberty did not start: " + failed.getCause());
    }
    String state = applicationState();
    if (!state.equals("STARTED")) {
      throw new LaunchException("the application did not start; its state is " + state);
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

  /** Stops the application, then the server; returns when both have stopped. */
  void stop() throws InterruptedException {
    try {
      server.stop("--force").get();
    } catch (ExecutionException failed) {
      System.err.println("kvorum: Open Liberty did not stop cleanly: " + failed.getCause());
    }
  }
}
