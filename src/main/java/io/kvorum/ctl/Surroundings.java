package io.kvorum.ctl;

import java.io.PrintStream;
import java.util.Map;

/**
 * Where a command runs.
 *
 * @param errIsTerminal whether somebody watches stderr, for whom progress is shown
 * @param variables the environment
 */
record Surroundings(
    PrintStream out, PrintStream err, boolean errIsTerminal, Map<String, String> variables) {}
