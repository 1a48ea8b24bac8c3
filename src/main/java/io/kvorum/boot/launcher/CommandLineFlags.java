package io.kvorum.boot.launcher;

import io.kvorum.boot.config.Flag;
import io.kvorum.boot.config.Flags;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Parses the command line in the notation that etcd's users know from Go: one dash or two, the
 * value after a blank or an equals sign, and no value after a boolean that is true.
 *
 * <p>Held by: LauncherIT.
 */
final class CommandLineFlags {
  private static final int USAGE_WIDTH = 100;

  private final CommandLine commandLine = new CommandLine(spec(true));

  CommandLineFlags() {
    commandLine
        .setExpandAtFiles(false)
        .setInterpolateVariables(false)
        .setOverwrittenOptionsAllowed(true)
        .setPosixClusteredShortOptionsAllowed(false)
        .setSeparator("=");
  }

  /** With the names that have a single dash, which are accepted, but not listed by the help. */
  private static CommandSpec spec(boolean withSingleDash) {
    CommandSpec spec = CommandSpec.create().name("kvorum");
    spec.usageMessage()
        .description("Runs one member of a Kvorum cluster: an etcd v3 server.")
        .customSynopsis("kvorum [flags]")
        .footer(
            "",
            "A single dash works too.",
            "Every flag can also be set by a variable: ETCD_ and its name, as in ETCD_DATA_DIR.")
        .width(USAGE_WIDTH);
    groups(withSingleDash)
        .forEach(
            (heading, group) -> spec.addArgGroup(group.heading("%n" + heading + ":%n").build()));
    spec.addOption(
        OptionSpec.builder("-h", names("help", withSingleDash))
            .usageHelp(true)
            .description("Show this help.")
            .build());
    spec.addOption(
        OptionSpec.builder(names("version", withSingleDash))
            .versionHelp(true)
            .description("Show the version.")
            .build());
    return spec;
  }

  private static String[] names(String name, boolean withSingleDash) {
    return withSingleDash ? new String[] {"--" + name, "-" + name} : new String[] {"--" + name};
  }

  private static Map<String, ArgGroupSpec.Builder> groups(boolean withSingleDash) {
    Map<String, ArgGroupSpec.Builder> groups = new LinkedHashMap<>();
    for (Flag flag : Flags.all()) {
      groups
          .computeIfAbsent(flag.group(), any -> ArgGroupSpec.builder().validate(false))
          .addArg(option(flag, withSingleDash));
    }
    return groups;
  }

  private static OptionSpec option(Flag flag, boolean withSingleDash) {
    String note =
        switch (flag.status()) {
          case WORKS -> "";
          case NOT_YET -> " (no effect yet)";
          case REFUSED -> " (refused)";
        };
    String preset = flag.defaultValue().isEmpty() ? "" : " [" + flag.defaultValue() + "]";
    OptionSpec.Builder option =
        OptionSpec.builder(names(flag.name(), withSingleDash))
            .type(String.class)
            .paramLabel(flag.kind().label())
            .description((flag.help() + preset + note).replace("%", "%%"));
    return flag.kind() == Flag.Kind.BOOLEAN
        ? option.arity("0..1").fallbackValue("true").build()
        : option.arity("1").build();
  }

  /**
   * Parses the arguments.
   *
   * @throws LaunchException if they cannot be understood
   */
  Request parse(String... args) throws LaunchException {
    try {
      CommandLine.ParseResult parsed = commandLine.parseArgs(args);
      if (parsed.isUsageHelpRequested()) {
        return new Request.Print(usage());
      }
      if (parsed.isVersionHelpRequested()) {
        return new Request.Print(Version.text());
      }
      Map<String, String> flags = new LinkedHashMap<>();
      for (Flag flag : Flags.all()) {
        if (parsed.hasMatchedOption("--" + flag.name())) {
          flags.put(flag.name(), parsed.matchedOptionValue("--" + flag.name(), ""));
        }
      }
      return new Request.Run(flags);
    } catch (CommandLine.UnmatchedArgumentException unknown) {
      throw misuse(unmatched(unknown.getUnmatched().get(0)));
    } catch (CommandLine.MissingParameterException incomplete) {
      throw misuse("flag needs an argument: " + name(incomplete.getMissing().get(0)));
    } catch (CommandLine.ParameterException wrong) {
      throw misuse(String.valueOf(wrong.getMessage()));
    }
  }

  private static String name(ArgSpec argument) {
    return argument instanceof OptionSpec option ? option.longestName() : argument.toString();
  }

  private static String unmatched(String argument) {
    return argument.startsWith("-")
        ? "unknown flag " + argument.replaceFirst("=.*", "")
        : "unexpected argument \"" + argument + "\"";
  }

  private static LaunchException misuse(String message) {
    return new LaunchException(message + " (kvorum --help lists the flags)", Main.MISUSE);
  }

  private String usage() {
    StringWriter text = new StringWriter();
    new CommandLine(spec(false))
        .setInterpolateVariables(false)
        .setSeparator("=")
        .usage(new PrintWriter(text), CommandLine.Help.Ansi.OFF);
    return text.toString();
  }

  /** The request of a command line. */
  sealed interface Request {
    /** Run a member with these flags, by name. */
    record Run(Map<String, String> flags) implements Request {}

    /** Print a text and exit. */
    record Print(String text) implements Request {}
  }
}
