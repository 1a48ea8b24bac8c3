package io.kvorum.boot.launcher;

import io.kvorum.boot.config.Flag;
import io.kvorum.boot.config.Flags;
import io.kvorum.model.ApiVersion;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Writes what {@code --help} prints, in the order of a manual page. Lines are filled with whole
 * words, so that a value or a URL is never broken; a line is longer than {@value #WIDTH} columns
 * only where one value is. Stateless.
 */
final class HelpText {
  static final int WIDTH = 80;

  private static final String MARGIN = "    ";
  private static final String TEXT_MARGIN = "        ";

  private static final String HEAD =
      """
      NAME
          kvorum - runs one member of a cluster that serves the API of etcd %s

      SYNOPSIS
          kvorum [flags]
          kvorum help
          kvorum version
          kvorum prepare

      DESCRIPTION
          Runs in the foreground until it receives SIGTERM or SIGINT. A member that is
          started without flags serves alone, and keeps its data in ./default.etcd.

          Flags are written as --name=value or --name value, with two dashes or one. A
          flag together with its variable (see ENVIRONMENT) is refused; --config-file
          replaces all flags and variables.

          The first member that runs from an installation leaves files in its directory
          cache/ with which the next ones start faster. kvorum prepare makes them ahead
          of time: for an image, or as root for an installation that members cannot
          write.
      """;

  private static final String WITHOUT_OTHERS =
      """
          Flags of etcd that Kvorum refuses, or accepts without effect, are listed by
          kvorum --help-all.
      """;

  private static final String WITH_OTHERS =
      """
          A flag marked "no effect" is accepted with a warning. One marked "refused" is
          accepted with its default value only, because ignoring it would be unsafe.
          docs/flags.md lists all of them.
      """;

  private static final String OTHER_FLAGS =
      """
        Other:
          -h, --help
              Print this help.
          --help-all
              The same with all flags of etcd, including those that Kvorum refuses, and
              those that have no effect.
          --version
              Print the version: in etcd's form, then Kvorum's own.
      """;

  private static final String TAIL =
      """
      ENVIRONMENT
          ETCD_<FLAG>
              The value of a flag: ETCD_DATA_DIR for --data-dir, and so on for all
              flags of etcd; KVORUM_ADMIN_URL for --kvorum-admin-url.
          KVORUM_DEFAULT_<FLAG>
              What counts where neither flag, variable nor file has a value, for images
              and units: KVORUM_DEFAULT_DATA_DIR for --data-dir.
          NOTIFY_SOCKET
              Set by systemd for units of Type=notify, which are told when the member
              is ready.
          CACHE_DIRECTORY, XDG_CACHE_HOME
              Where those files are kept, in kvorum/, if the installation cannot be
              written; by default in ~/.cache/kvorum.
          JAVA_HOME
              The Java runtime to use, 17 or later; by default the java in the PATH.
          JVM_ARGS
              Options of the Java virtual machine, such as -Xmx2g for its heap.

      FILES
          <data-dir>/member/
              The data of the member; the directory belongs to one member alone.
          <data-dir>/liberty/
              Log and working area of Open Liberty, which serves JSON.

      EXIT STATUS
          0   The member was stopped by SIGTERM or SIGINT, or help or version was
              printed.
          1   The machine, the data directory or URLs that cannot be used prevented the
              start, or the member gave up; the last lines on stderr say why.
          2   The command line or the configuration is wrong.
          3   The heap is exhausted.

      EXAMPLES
          A member that serves this machine:

              kvorum --data-dir /var/lib/kvorum

          One that serves others, and keeps an hour of history:

              kvorum --data-dir /var/lib/kvorum \\
                --listen-client-urls http://0.0.0.0:2379 \\
                --advertise-client-urls http://10.0.0.1:2379 \\
                --auto-compaction-retention 1h

          Three members on one machine, to try a cluster:

              kvorum-local-cluster

      SEE ALSO
          docs/operations.md explains how to form and run a cluster.
      """;

  private HelpText() {}

  /**
   * The help.
   *
   * @param all whether it lists the flags that are refused or have no effect
   */
  static String of(boolean all) {
    List<String> sections = new ArrayList<>();
    sections.add(HEAD.formatted(ApiVersion.SERVER) + "\n" + (all ? WITH_OTHERS : WITHOUT_OTHERS));
    sections.add("FLAGS");
    groups(all).forEach((group, flags) -> sections.add(section(group, flags)));
    sections.add(OTHER_FLAGS);
    sections.add(TAIL);
    return String.join("\n", sections).replace("\n", System.lineSeparator());
  }

  private static Map<String, List<Flag>> groups(boolean all) {
    return Flags.all().stream()
        .filter(flag -> all || flag.status() == Flag.Status.WORKS)
        .collect(Collectors.groupingBy(Flag::group, LinkedHashMap::new, Collectors.toList()));
  }

  private static String section(String group, List<Flag> flags) {
    return flags.stream()
        .map(HelpText::entry)
        .collect(Collectors.joining("", "  " + group + ":\n", ""));
  }

  private static String entry(Flag flag) {
    String notes = notes(flag);
    String signature = MARGIN + signature(flag);
    String text = filled(TEXT_MARGIN, flag.description());
    if (notes.isEmpty()) {
      return signature + "\n" + text;
    }
    String complete = signature + "  (" + notes + ")";
    return complete.length() <= WIDTH
        ? complete + "\n" + text
        : signature + "\n" + TEXT_MARGIN + "(" + notes + ")\n" + text;
  }

  private static String signature(Flag flag) {
    String value = "=<" + flag.kind().label() + ">";
    boolean isOptional = flag.kind() == Flag.Kind.BOOLEAN || flag.kind() == Flag.Kind.ANY;
    return "--" + flag.name() + (isOptional ? "[" + value + "]" : value);
  }

  private static String notes(Flag flag) {
    String preset = flag.defaultValue().isEmpty() ? "" : "default: " + flag.defaultValue();
    return switch (flag.status()) {
      case WORKS -> preset;
      case NO_EFFECT -> "no effect";
      case REFUSED -> preset.isEmpty() ? "refused" : preset + ", refused";
    };
  }

  /** The words of a text, as many in each line as fit. */
  private static String filled(String margin, String text) {
    StringBuilder lines = new StringBuilder();
    StringBuilder line = new StringBuilder(margin);
    for (String word : text.split(" ")) {
      if (line.length() > margin.length() && line.length() + 1 + word.length() > WIDTH) {
        lines.append(line).append('\n');
        line = new StringBuilder(margin);
      }
      line.append(line.length() > margin.length() ? " " : "").append(word);
    }
    return lines.append(line).append('\n').toString();
  }
}
