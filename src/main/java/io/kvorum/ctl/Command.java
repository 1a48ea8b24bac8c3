package io.kvorum.ctl;

import io.kvorum.ctl.client.RpcException;
import io.kvorum.ctl.output.OutputFormat;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * A command of the tool.
 *
 * @param name one word or two, as in {@code snapshot save}
 * @param arguments what follows the name, for the help
 * @param help what it does, in one line
 * @param flags those that are its own
 * @param formats the forms of its output
 */
record Command(
    String name,
    String arguments,
    String help,
    List<Flag> flags,
    Set<OutputFormat> formats,
    Action action) {
  /** All forms that anything is printed in. */
  static final Set<OutputFormat> ALL_FORMATS =
      EnumSet.of(OutputFormat.SIMPLE, OutputFormat.JSON, OutputFormat.FIELDS, OutputFormat.TABLE);

  /** For output that has one form, whatever is asked for. */
  static final Set<OutputFormat> ANY_FORMAT = EnumSet.allOf(OutputFormat.class);

  /** What a command does. */
  interface Action {
    /**
     * Runs it.
     *
     * @return the exit status; what has to be said was printed
     * @throws UsageException if the arguments make no sense
     */
    int run(Invocation invocation)
        throws CtlException, UsageException, RpcException, InterruptedException;
  }

  /** The words of its name. */
  List<String> words() {
    return Arrays.asList(name.split(" "));
  }
}
