package io.kvorum.ctl;

import java.util.List;
import java.util.stream.Collectors;

/**
 * Writes the help of the tool, of a group of commands, and of a command. Stateless.
 *
 * <p>Held by: ProgramTest.
 */
final class Usage {
  private static final String INDENT = "  ";

  private Usage() {}

  /** The help of the tool. */
  static String ofAll(List<Command> commands) {
    return String.join(
        "\n",
        "kvorumctl saves, restores and looks after clusters of Kvorum and etcd.",
        "",
        "Usage:",
        "  kvorumctl <command> [arguments] [flags]",
        "",
        "Commands:",
        list(commands),
        "",
        "Flags of all commands, with the variables that have the same meaning (a flag wins):",
        flags(GlobalFlags.ALL, true),
        "",
        "kvorumctl <command> --help shows the flags of a command.",
        "");
  }

  /** The help of all commands that begin with a word. */
  static String ofGroup(String word, List<Command> commands) {
    return String.join(
        "\n",
        "Usage:",
        "  kvorumctl " + word + " <command> [arguments] [flags]",
        "",
        "Commands:",
        list(commands),
        "",
        "kvorumctl --help lists all commands, and the flags that they share.",
        "");
  }

  static String of(Command command) {
    String own =
        command.flags().isEmpty() ? "" : "\nFlags:\n" + flags(command.flags(), false) + "\n";
    return command.help()
        + "\n\nUsage:\n"
        + INDENT
        + "kvorumctl "
        + signature(command)
        + " [flags]\n"
        + own
        + "\nkvorumctl --help lists the flags that all commands share.\n";
  }

  private static String list(List<Command> commands) {
    int width =
        commands.stream().mapToInt(command -> signature(command).length()).max().orElseThrow();
    return commands.stream()
        .map(command -> INDENT + padded(signature(command), width) + INDENT + command.help())
        .collect(Collectors.joining("\n"));
  }

  private static String signature(Command command) {
    return command.arguments().isEmpty()
        ? command.name()
        : command.name() + " " + command.arguments();
  }

  private static String flags(List<Flag> flags, boolean withVariables) {
    int width = flags.stream().mapToInt(flag -> signature(flag).length()).max().orElseThrow();
    return flags.stream()
        .map(
            flag ->
                INDENT
                    + padded(signature(flag), width)
                    + INDENT
                    + flag.help()
                    + preset(flag)
                    + (withVariables ? "; " + flag.variable() : ""))
        .collect(Collectors.joining("\n"));
  }

  private static String signature(Flag flag) {
    String letter = flag.letter().isEmpty() ? "" : "-" + flag.letter() + ", ";
    String value = flag.kind() == Flag.Kind.BOOLEAN ? "" : " <" + flag.kind().label() + ">";
    return letter + "--" + flag.name() + value;
  }

  private static String preset(Flag flag) {
    return flag.preset().isEmpty() || flag.preset().equals("false")
        ? ""
        : " (" + flag.preset() + ")";
  }

  private static String padded(String text, int width) {
    return text + " ".repeat(width - text.length());
  }
}
