package io.kvorum.ctl;

import io.kvorum.ctl.client.ClientSettings;
import io.kvorum.ctl.client.EndpointAddress;
import io.kvorum.ctl.client.TlsSettings;
import java.io.Console;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The flags of every command, by etcdctl's names, and what they say about the client. Stateless.
 *
 * <p>Held by: CommandLineTest.
 */
final class GlobalFlags {
  /** The beginning of the names of their variables. */
  static final String VARIABLES = "ETCDCTL_";

  static final String WRITE_OUT = "write-out";
  static final String HEX = "hex";
  static final String DEBUG = "debug";
  static final String COMMAND_TIMEOUT = "command-timeout";

  static final List<Flag> ALL =
      List.of(
          new Flag(
              "endpoints",
              "",
              Flag.Kind.TEXTS,
              "127.0.0.1:2379",
              "where members serve clients, separated by commas"),
          new Flag(
              WRITE_OUT,
              "w",
              Flag.Kind.TEXT,
              "simple",
              "the form of the output: simple, json, table or fields"),
          Flag.bool(HEX, false, "print ids in hex in the forms json and fields"),
          Flag.duration(COMMAND_TIMEOUT, "5s", "how long one call may take"),
          Flag.duration("dial-timeout", "2s", "how much longer connecting for a snapshot may take"),
          Flag.duration(
              "keepalive-time", "2s", "how long a connection is silent until it is tested"),
          Flag.duration("keepalive-timeout", "6s", "how long that test may take"),
          Flag.integer("max-request-bytes", "0", "the largest request; 0 means 2 MiB"),
          Flag.integer("max-recv-bytes", "0", "the largest answer; 0 means no limit"),
          Flag.text("cacert", "", "file with the authorities that servers are verified by"),
          Flag.text("cert", "", "file with the client's own certificate"),
          Flag.text("key", "", "file with the key of that certificate"),
          Flag.bool(
              "insecure-transport", true, "speak without TLS to endpoints that are no https URLs"),
          Flag.bool("insecure-skip-tls-verify", false, "do not verify certificates of servers"),
          Flag.text("user", "", "name[:password]; the password is asked for if it is missing"),
          Flag.text("password", "", "the password of that user"),
          Flag.text("auth-jwt-token", "", "a token instead of user and password"),
          Flag.bool(DEBUG, false, "print the settings, and the client's own log"));

  private GlobalFlags() {}

  /** How the flags say that the cluster is reached. */
  static ClientSettings settings(FlagValues flags) throws CtlException {
    for (String file : List.of("cert", "key", "cacert")) {
      if (flags.isSet(file) && flags.text(file).isEmpty()) {
        throw CtlException.badArguments("empty string is passed to --" + file + " option");
      }
    }
    try {
      return new ClientSettings(
          endpoints(flags.text("endpoints")),
          flags.duration("dial-timeout"),
          flags.duration(COMMAND_TIMEOUT),
          flags.duration("keepalive-time"),
          flags.duration("keepalive-timeout"),
          Math.toIntExact(flags.integer("max-request-bytes")),
          Math.toIntExact(flags.integer("max-recv-bytes")),
          new TlsSettings(
              flags.text("cacert"),
              flags.text("cert"),
              flags.text("key"),
              !flags.isTrue("insecure-transport"),
              flags.isTrue("insecure-skip-tls-verify")),
          credentials(flags));
    } catch (IllegalArgumentException | ArithmeticException refused) {
      throw CtlException.badArguments(String.valueOf(refused.getMessage()));
    }
  }

  /**
   * Reads a list of endpoints.
   *
   * @throws IllegalArgumentException with the reason if one of them is none
   */
  static List<EndpointAddress> endpoints(String list) {
    List<EndpointAddress> endpoints = new ArrayList<>();
    Stream.of(list.split(",", -1))
        .map(String::strip)
        .filter(text -> !text.isEmpty())
        .forEach(text -> endpoints.add(EndpointAddress.parse(text)));
    if (endpoints.isEmpty()) {
      throw new IllegalArgumentException("no endpoint is given");
    }
    return endpoints;
  }

  private static ClientSettings.Credentials credentials(FlagValues flags) throws CtlException {
    String user = flags.text("user");
    String password = flags.text("password");
    int colon = user.indexOf(':');
    if (password.isEmpty() && colon >= 0) {
      password = user.substring(colon + 1);
      user = user.substring(0, colon);
    } else if (password.isEmpty() && !user.isEmpty() && flags.text("auth-jwt-token").isEmpty()) {
      password = ask();
    }
    return new ClientSettings.Credentials(user, password, flags.text("auth-jwt-token"));
  }

  @SuppressWarnings("SystemConsoleNull") // in a later JVM it reads standard input
  private static String ask() throws CtlException {
    Console console = System.console();
    char[] answer = console == null ? null : console.readPassword("Password: ");
    if (answer == null) {
      throw new CtlException(ExitStatus.ERROR, "there is no terminal to ask for the password");
    }
    return new String(answer);
  }
}
