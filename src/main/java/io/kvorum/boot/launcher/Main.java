package io.kvorum.boot.launcher;

import java.nio.file.Path;
import java.util.Map;

/** Starts a member in the foreground: {@code bin/kvorum}. */
public final class Main {
  private Main() {}

  /** The process ends with status 0 after SIGTERM or SIGINT. */
  public static void main(String[] args) throws InterruptedException {
    Path home = Path.of(System.getProperty("kvorum.home", ".")).toAbsolutePath();
    try {
      Liberty liberty =
          Liberty.installed(
              home.resolve("target/liberty/wlp"), Path.of("default.etcd/liberty").toAbsolutePath());
      Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(liberty), "stop"));
      liberty.start(
          Map.of(
              "kvorum.application", home.resolve("target/kvorum").toString(),
              "kvorum.admin.port", "9990",
              "kvorum.relay.port", "9991"));
    } catch (LaunchException cannotStart) {
      System.err.println("kvorum: " + cannotStart.getMessage());
      System.exit(1);
    }
    System.out.println("ready to serve client requests");
    Thread.currentThread().join();
  }

  private static void stop(Liberty liberty) {
    try {
      liberty.stop();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
