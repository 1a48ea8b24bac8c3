package io.kvorum.ctl;

import io.kvorum.ctl.client.ClientSettings;
import io.kvorum.ctl.output.OutputFormat;
import io.kvorum.ctl.output.Report;
import java.io.PrintStream;
import java.util.List;

/**
 * One call of a command. Immutable.
 *
 * @param arguments what follows the command, without flags
 */
record Invocation(
    Command command, List<String> arguments, FlagValues flags, Surroundings surroundings) {
  PrintStream out() {
    return surroundings.out();
  }

  PrintStream err() {
    return surroundings.err();
  }

  ClientSettings settings() throws CtlException {
    return GlobalFlags.settings(flags);
  }

  /** Whether ids are written in hex. */
  boolean hex() {
    return flags.isTrue(GlobalFlags.HEX);
  }

  /** The form of the output, checked before anything is done. */
  OutputFormat format() throws CtlException {
    String label = flags.text(GlobalFlags.WRITE_OUT);
    OutputFormat format =
        OutputFormat.of(label)
            .orElseThrow(
                () -> new CtlException(ExitStatus.BAD_FEATURE, "unsupported output format"));
    if (!command.formats().contains(format)) {
      throw new CtlException(ExitStatus.BAD_FEATURE, label + " not supported as output format");
    }
    return format;
  }

  void print(Report report) throws CtlException {
    format().print(report, out(), err());
  }

  /** The one argument that the command takes. */
  String onlyArgument(String complaint) throws CtlException {
    if (arguments.size() != 1) {
      throw CtlException.badArguments(complaint);
    }
    return arguments.get(0);
  }

  void noArguments(String complaint) throws CtlException {
    if (!arguments.isEmpty()) {
      throw CtlException.badArguments(complaint);
    }
  }
}
