package io.kvorum.ctl;

import io.kvorum.ctl.client.RpcException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Runs a command line: finds the command, checks its flags, and turns what goes wrong into a line
 * and an exit status. Thread-safe.
 */
final class Program {
  private final List<Command> commands;

  Program(List<Command> commands) {
    this.commands = commands;
  }

  /**
   * Runs the command.
   *
   * @return the exit status of the process
   */
  int run(Surroundings surroundings, String... arguments) throws InterruptedException {
    Command command = null;
    try {
      CommandLine line = CommandLine.parse(allFlags(), arguments);
      List<String> words = new ArrayList<>(line.words());
      boolean help = line.flags().containsKey(CommandLine.HELP);
      if (!words.isEmpty() && words.get(0).equals(CommandLine.HELP)) {
        words.remove(0);
        help = true;
      }
      Optional<Command> found = find(words);
      if (found.isEmpty()) {
        return withoutCommand(surroundings, words);
      }
      command = found.get();
      if (help) {
        surroundings.out().print(Usage.of(command));
        return ExitStatus.SUCCESS;
      }
      return run(command, line, words, surroundings);
    } catch (UsageException misuse) {
      surroundings.err().println("Error: " + misuse.getMessage());
      surroundings.err().print(command == null ? Usage.ofAll(commands) : Usage.of(command));
      return ExitStatus.ERROR;
    } catch (CtlException failed) {
      surroundings.err().println("Error: " + failed.getMessage());
      return failed.status();
    } catch (RpcException failed) {
      surroundings.err().println("Error: " + failed.getMessage());
      return ExitStatus.ERROR;
    }
  }

  private int run(Command command, CommandLine line, List<String> words, Surroundings surroundings)
      throws UsageException, CtlException, RpcException, InterruptedException {
    for (String name : line.flags().keySet()) {
      if (Stream.concat(GlobalFlags.ALL.stream(), command.flags().stream())
          .noneMatch(flag -> flag.name().equals(name))) {
        throw new UsageException("unknown flag: --" + name);
      }
    }
    FlagValues flags = FlagValues.resolve(line.flags(), surroundings.variables(), command.flags());
    List<String> rest = words.subList(command.words().size(), words.size());
    Invocation invocation = new Invocation(command, rest, flags, surroundings);
    if (flags.isTrue(GlobalFlags.DEBUG)) {
      GlobalFlags.ALL.forEach(
          flag -> surroundings.err().println(flag.variable() + "=" + flags.text(flag.name())));
    }
    surroundings.libraryLog().accept(flags.isTrue(GlobalFlags.DEBUG));
    invocation.format();
    return command.action().run(invocation);
  }

  private int withoutCommand(Surroundings surroundings, List<String> words) {
    if (words.isEmpty()) {
      surroundings.out().print(Usage.ofAll(commands));
      return ExitStatus.SUCCESS;
    }
    List<Command> group =
        commands.stream().filter(one -> one.words().get(0).equals(words.get(0))).toList();
    if (!group.isEmpty() && words.size() == 1) {
      surroundings.out().print(Usage.ofGroup(words.get(0), group));
      return ExitStatus.SUCCESS;
    }
    String parent = "kvorumctl" + (group.isEmpty() ? "" : " " + words.get(0));
    String unknown = words.get(group.isEmpty() ? 0 : 1);
    surroundings.err().println("Error: unknown command \"" + unknown + "\" for \"" + parent + "\"");
    surroundings.err().println("Run '" + parent + " --help' for usage.");
    return ExitStatus.ERROR;
  }

  private Optional<Command> find(List<String> words) {
    return commands.stream().filter(command -> startsWith(words, command.words())).findFirst();
  }

  private static boolean startsWith(List<String> words, List<String> name) {
    return words.size() >= name.size() && words.subList(0, name.size()).equals(name);
  }

  private List<Flag> allFlags() {
    return Stream.concat(
            GlobalFlags.ALL.stream(), commands.stream().flatMap(one -> one.flags().stream()))
        .toList();
  }
}
