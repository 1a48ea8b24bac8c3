package io.kvorum.load;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParseResult;

/** Puts one kind of load on an etcd v3 endpoint and reports what came back. */
@Command(
    name = "bench/load",
    mixinStandardHelpOptions = true,
    description = "Puts one kind of load on an etcd v3 endpoint and reports what came back.",
    sortOptions = false)
public final class LoadGenerator implements Callable<Integer> {

  @Mixin private LoadOptions options = new LoadOptions();

  /** Runs from the command line; exit status 1 if there were errors. */
  public static void main(String[] args) {
    System.exit(run(args));
  }

  /** Runs as from the command line; the exit status. */
  public static int run(String... args) {
    return new CommandLine(new LoadGenerator())
        .setExecutionExceptionHandler(LoadGenerator::complain)
        .execute(args);
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    try (Network network = new Network(options.threads, options.clientKeys(), options.token)) {
      LoadResult result = run(options, network);
      System.out.println(LoadResult.textHead());
      System.out.println(result.text());
      return result.errors() == 0 ? 0 : 1;
    }
  }

  static int complain(Exception failure, CommandLine command, ParseResult arguments)
      throws Exception {
    if (failure instanceof IllegalArgumentException || failure instanceof IllegalStateException) {
      System.err.println(command.getCommandName() + ": " + failure.getMessage());
      return 1;
    }
    throw failure;
  }

  /** One run, reported to the files that the options name. */
  static LoadResult run(LoadOptions options, Network network)
      throws IOException, InterruptedException {
    options.validate();
    LoadResult result =
        switch (options.scenario) {
          case watch -> new WatchFanOut(options, network).run();
          case handshake -> new Handshakes(options, network).run();
          default -> new ClosedLoop(options, network).run();
        };
    if (options.jsonFile != null) {
      append(options.jsonFile, result.json());
    }
    if (options.csvFile != null) {
      if (!Files.exists(options.csvFile)) {
        append(options.csvFile, LoadResult.csvHead());
      }
      append(options.csvFile, result.csv());
    }
    return result;
  }

  private static void append(Path file, String line) throws IOException {
    Files.writeString(
        file,
        line + "\n",
        StandardCharsets.UTF_8,
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
  }
}
