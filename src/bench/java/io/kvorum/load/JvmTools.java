package io.kvorum.load;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Asks another JVM about its heap, by the JDK's own tools. Stateless. */
public final class JvmTools {
  private static final Pattern TOTAL = Pattern.compile("Total +\\d+ +(\\d+)");

  private JvmTools() {}

  /** The bytes of all objects that are reachable; collects all garbage to find out. */
  public static long liveBytes(long pid) throws IOException, InterruptedException {
    String histogram = run("jcmd", String.valueOf(pid), "GC.class_histogram");
    Matcher total = TOTAL.matcher(histogram);
    if (!total.find()) {
      throw new IllegalStateException("no sum in the histogram: " + histogram.lines().limit(3));
    }
    return Long.parseLong(total.group(1));
  }

  /** The time that all collections together have stopped the program for, in seconds. */
  static double pausedSeconds(long pid) throws IOException, InterruptedException {
    String[] columns = run("jstat", "-gcutil", String.valueOf(pid)).strip().split("\\s+");
    return Double.parseDouble(columns[columns.length - 1]);
  }

  private static String run(String tool, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", tool).toString());
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(tool + " failed: " + out);
    }
    return out;
  }
}
