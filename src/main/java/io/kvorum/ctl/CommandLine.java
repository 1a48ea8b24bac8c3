package io.kvorum.ctl;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Parses a command line as Go's tools do: words and flags in any order, values after a blank or an
 * equals sign, and no value after a boolean that is true. Whether a flag belongs to the command is
 * for the caller to say. Immutable.
 *
 * @param words what is no flag: the command and its arguments
 * @param flags the values, by the names of the flags; of one that is repeated the last
 */
record CommandLine(List<String> words, Map<String, String> flags) {
  static final String HELP = "help";

  /**
   * Parses the arguments.
   *
   * @param known all flags of all commands; those of the same name are of the same kind
   */
  static CommandLine parse(List<Flag> known, String... arguments) throws UsageException {
    Map<String, Flag> byName = new LinkedHashMap<>();
    known.forEach(flag -> byName.putIfAbsent(flag.name(), flag));
    CommandSpec spec = CommandSpec.create();
    byName.values().forEach(flag -> spec.addOption(option(flag)));
    spec.addOption(OptionSpec.builder("-h", "--" + HELP).type(boolean.class).build());
    spec.addPositional(PositionalParamSpec.builder().arity("0..*").type(String[].class).build());
    try {
      ParseResult parsed =
          new picocli.CommandLine(spec)
              .setExpandAtFiles(false)
              .setInterpolateVariables(false)
              .setOverwrittenOptionsAllowed(true)
              .setSeparator("=")
              .parseArgs(withValues(byName, arguments));
      return of(parsed);
    } catch (UnmatchedArgumentException unknown) {
      throw new UsageException(unknown(unknown.getUnmatched().get(0)));
    } catch (MissingParameterException incomplete) {
      throw new UsageException("flag needs an argument: " + name(incomplete.getMissing().get(0)));
    } catch (ParameterException wrong) {
      throw new UsageException(String.valueOf(wrong.getMessage()));
    }
  }

  private static OptionSpec option(Flag flag) {
    OptionSpec.Builder option =
        flag.letter().isEmpty()
            ? OptionSpec.builder("--" + flag.name())
            : OptionSpec.builder("--" + flag.name(), "-" + flag.letter());
    return option.type(String.class).arity("1").build();
  }

  /** Gives each boolean that stands alone its value: the word behind it is none. */
  private static String[] withValues(Map<String, Flag> flags, String... arguments) {
    String[] complete = arguments.clone();
    for (int i = 0; i < complete.length && !complete[i].equals("--"); i++) {
      String name = complete[i].startsWith("--") ? complete[i].substring(2) : "";
      Flag flag = flags.get(name);
      if (flag != null && flag.kind() == Flag.Kind.BOOLEAN) {
        complete[i] += "=true";
      }
    }
    return complete;
  }

  private static CommandLine of(ParseResult parsed) {
    Map<String, String> flags = new HashMap<>();
    for (OptionSpec option : parsed.matchedOptions()) {
      Object value = option.getValue();
      flags.put(option.longestName().substring(2), String.valueOf(value));
    }
    String[] words = parsed.matchedPositionalValue(0, new String[0]);
    return new CommandLine(new ArrayList<>(Arrays.asList(words)), flags);
  }

  private static String unknown(String argument) {
    if (argument.startsWith("--")) {
      return "unknown flag: " + argument.replaceFirst("=.*", "");
    }
    return argument.startsWith("-")
        ? "unknown shorthand flag: '" + argument.charAt(1) + "' in " + argument
        : "unexpected argument \"" + argument + "\"";
  }

  private static String name(ArgSpec argument) {
    return argument instanceof OptionSpec option ? option.longestName() : argument.toString();
  }
}
