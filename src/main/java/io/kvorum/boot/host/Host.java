package io.kvorum.boot.host;

import io.kvorum.boot.Member;
import io.kvorum.boot.config.MemberConfig;
import java.util.OptionalInt;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Tells the application what its process is: one that the launcher started, where the member runs
 * before the application and outlives it, or a Liberty of somebody else, where the application
 * starts the member and stops it. There is one per JVM. Thread-safe.
 *
 * <p>Held by: HostTest, LauncherIT, PlainLibertyIT.
 */
public sealed interface Host permits OwnProcess, ForeignLiberty {
  /** The beginning of the line that reports that clients are served. */
  String READY = "ready to serve client requests";

  /** The host of this JVM. */
  static Host ofThisJvm() {
    Host own = OwnProcess.current();
    return own == null ? new ForeignLiberty() : own;
  }

  /** Whether the launcher started this JVM, so that it has resolved all settings already. */
  boolean ownsProcess();

  /**
   * The configuration of the member.
   *
   * @param properties returns the container's value of a property, or null
   * @throws io.kvorum.boot.config.ConfigurationException if a value is not acceptable
   */
  MemberConfig configuration(Function<String, @Nullable String> properties);

  /**
   * Port of the endpoint on 127.0.0.1 to which the member relays HTTP/1.1; absent where clients
   * reach the container themselves.
   *
   * @param properties returns the container's value of a property, or null
   * @throws io.kvorum.boot.config.ConfigurationException if the value is not a port
   */
  OptionalInt relayPort(Function<String, @Nullable String> properties);

  /**
   * The member that the application serves: recovered, with or without a leader.
   *
   * @param json what this application does for clients of HTTP/1.1
   * @throws IllegalStateException if it could not be started
   */
  Member member(MemberConfig config, JsonAccess json);

  /** Takes notice that the application has stopped. */
  void applicationStopped();
}
