package io.kvorum.ctl;

import java.io.PrintStream;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Where a command runs.
 *
 * @param errIsTerminal whether somebody watches stderr, for whom progress is shown
 * @param variables the environment
 * @param libraryLog shows the log of the libraries, or keeps it to itself; it is that of the
 *     process
 */
record Surroundings(
    PrintStream out,
    PrintStream err,
    boolean errIsTerminal,
    Map<String, String> variables,
    Consumer<Boolean> libraryLog) {}
