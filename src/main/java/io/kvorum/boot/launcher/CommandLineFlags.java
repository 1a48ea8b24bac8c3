package io.kvorum.boot.launcher;

import io.kvorum.boot.config.Flag;
import io.kvorum.boot.config.Flags;
import io.kvorum.boot.config.Spelling;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Stack;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Parses the command line in the notation that etcd's users know from Go: one dash or two, the
 * value after a blank or an equals sign, and no value after a boolean that is true. Used by one
 * thread.
 */
final class CommandLineFlags {
  private static final String HELP = "help";
  private static final String HELP_ALL = "help-all";
  private static final String VERSION = "version";

  private static final String PREPARE = "prepare";
  private static final String SEPARATOR = "=";

  /** Taken as the first argument. */
  private static final List<String> COMMANDS = List.of(HELP, VERSION, PREPARE);

  private final CommandLine commandLine = new CommandLine(spec());

  CommandLineFlags() {
    commandLine
        .setExpandAtFiles(false)
        .setInterpolateVariables(false)
        .setOverwrittenOptionsAllowed(true)
        .setPosixClusteredShortOptionsAllowed(false)
        .setSeparator(SEPARATOR);
  }

  private static CommandSpec spec() {
    CommandSpec spec = CommandSpec.create().name("kvorum");
    Flags.all().forEach(flag -> spec.addOption(option(flag)));
    return spec.addOption(OptionSpec.builder("-h", "--" + HELP, "-" + HELP).build())
        .addOption(OptionSpec.builder("--" + HELP_ALL, "-" + HELP_ALL).build())
        .addOption(OptionSpec.builder("--" + VERSION, "-" + VERSION).build());
  }

  private static OptionSpec option(Flag flag) {
    OptionSpec.Builder option =
        OptionSpec.builder("--" + flag.name(), "-" + flag.name()).type(String.class);
    return switch (flag.kind()) {
      case BOOLEAN -> option.arity("0..1").fallbackValue("true").build();
      case ANY -> option.arity("1").preprocessor(CommandLineFlags::supplyValue).build();
      case TEXT, INTEGER, UNSIGNED, DURATION, URLS -> option.arity("1").build();
    };
  }

  /**
   * For a former flag of etcd: what follows it after a blank is not its value. So {@code --config
   * <file>} is refused, as in etcd, and no member starts without the settings in that file.
   */
  private static boolean supplyValue(
      Stack<String> arguments, CommandSpec spec, ArgSpec flag, Map<String, Object> how) {
    if (!SEPARATOR.equals(how.get("separator"))) {
      arguments.push("true");
    }
    return false;
  }

  /**
   * Parses the arguments.
   *
   * @throws LaunchException if they cannot be understood
   */
  Request parse(String... args) throws LaunchException {
    if (args.length == 1 && args[0].equals(PREPARE)) {
      return new Request.Prepare();
    }
    try {
      CommandLine.ParseResult parsed = commandLine.parseArgs(withoutCommand(args));
      if (parsed.hasMatchedOption("--" + HELP) || parsed.hasMatchedOption("--" + HELP_ALL)) {
        return new Request.Print(HelpText.of(parsed.hasMatchedOption("--" + HELP_ALL)));
      }
      if (parsed.hasMatchedOption("--" + VERSION)) {
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

  /** {@code kvorum help} and {@code kvorum version} are the flags of these names. */
  private static String[] withoutCommand(String... args) {
    if (args.length == 0 || !List.of(HELP, VERSION).contains(args[0])) {
      return args;
    }
    String[] flags = args.clone();
    flags[0] = "--" + args[0];
    return flags;
  }

  private static String name(ArgSpec argument) {
    return argument instanceof OptionSpec option ? option.longestName() : argument.toString();
  }

  private static String unmatched(String argument) {
    if (!argument.startsWith("-")) {
      List<String> likely =
          COMMANDS.contains(argument) ? List.of() : Spelling.likely(argument, COMMANDS, List.of());
      return "unexpected argument \"" + argument + "\"" + Spelling.question("", likely);
    }
    String flag = argument.replaceFirst("=.*", "");
    String name = flag.replaceFirst("^--?", "");
    return "unknown flag "
        + flag
        + Spelling.question(
            "--",
            Spelling.likely(
                name,
                names(Flags.names().stream()),
                names(Flags.all().stream().filter(Flag::isWorking).map(Flag::name))));
  }

  private static List<String> names(Stream<String> flags) {
    return Stream.concat(Stream.of(HELP, HELP_ALL, VERSION), flags).toList();
  }

  private static LaunchException misuse(String message) {
    return new LaunchException(message + " (kvorum --help lists the flags)", Main.MISUSE);
  }

  /** The request of a command line. */
  sealed interface Request {
    /** Run a member with these flags, by name. */
    record Run(Map<String, String> flags) implements Request {}

    /** Make the caches with which members start faster, and exit. */
    record Prepare() implements Request {}

    /** Print a text and exit. */
    record Print(String text) implements Request {}
  }
}
