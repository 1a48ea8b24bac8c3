package io.kvorum.ctl;

import io.kvorum.ctl.output.OutputFormat;
import io.kvorum.model.ApiVersion;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * All commands, in the order of the help. Stateless.
 *
 * <p>Held by: ProgramTest.
 */
final class Commands {
  /** Alarms and downgrades have no table. */
  private static final Set<OutputFormat> WITHOUT_TABLE =
      EnumSet.of(OutputFormat.SIMPLE, OutputFormat.JSON, OutputFormat.FIELDS);

  private static final Flag CLUSTER =
      Flag.bool("cluster", false, "all endpoints that the cluster's members name");

  static final List<Command> ALL =
      List.of(
          new Command(
              "snapshot save",
              "<file>",
              "Saves a snapshot of one member to a file, and verifies it",
              List.of(),
              Command.ANY_FORMAT,
              new SnapshotSave()),
          new Command(
              "snapshot status",
              "<file>",
              "Checks a snapshot file, and prints what it contains",
              List.of(SnapshotFileCommands.KEY_FILE),
              Command.ALL_FORMATS,
              SnapshotFileCommands::status),
          new Command(
              "snapshot restore",
              "<file>",
              "Makes a data directory from a snapshot file",
              SnapshotFileCommands.RESTORE_FLAGS,
              Command.ANY_FORMAT,
              SnapshotFileCommands::restore),
          new Command(
              "snapshot decrypt",
              "<encrypted file> <file>",
              "Makes an etcd's snapshot file of an encrypted backup",
              List.of(SnapshotFileCommands.KEY_FILE),
              Command.ANY_FORMAT,
              SnapshotFileCommands::decrypt),
          new Command(
              "hashkv",
              "<file>",
              "Prints the hash of the history in a snapshot file",
              List.of(
                  Flag.integer("rev", "0", "up to this revision; 0 means the latest"),
                  SnapshotFileCommands.KEY_FILE),
              Command.ALL_FORMATS,
              SnapshotFileCommands::hashKv),
          new Command(
              "endpoint health",
              "",
              "Checks which endpoints serve",
              List.of(CLUSTER),
              Command.ALL_FORMATS,
              EndpointCommands::health),
          new Command(
              "endpoint status",
              "",
              "Prints version, sizes, leader and alarms of each endpoint",
              List.of(CLUSTER),
              Command.ALL_FORMATS,
              EndpointCommands::status),
          new Command(
              "endpoint hashkv",
              "",
              "Prints the hash of the history of each endpoint",
              List.of(CLUSTER, Flag.integer("rev", "0", "up to this revision; 0 means the latest")),
              Command.ALL_FORMATS,
              EndpointCommands::hashKv),
          new Command(
              "member list",
              "",
              "Lists the members of the cluster",
              List.of(
                  Flag.text("consistency", "l", "linearizable (l), or as one member knows it (s)")),
              Command.ALL_FORMATS,
              ClusterCommands::memberList),
          new Command(
              "alarm list",
              "",
              "Lists the alarms of the cluster",
              List.of(),
              WITHOUT_TABLE,
              ClusterCommands::alarmList),
          new Command(
              "alarm disarm",
              "",
              "Disarms all alarms",
              List.of(),
              WITHOUT_TABLE,
              ClusterCommands::alarmDisarm),
          new Command(
              "downgrade validate",
              "<target version>",
              "Checks whether the cluster can be downgraded to a version",
              List.of(),
              WITHOUT_TABLE,
              ClusterCommands::downgradeValidate),
          new Command(
              "downgrade enable",
              "<target version>",
              "Begins a downgrade of the cluster",
              List.of(),
              WITHOUT_TABLE,
              ClusterCommands::downgradeEnable),
          new Command(
              "downgrade cancel",
              "",
              "Ends a downgrade of the cluster that has begun",
              List.of(),
              WITHOUT_TABLE,
              ClusterCommands::downgradeCancel),
          new Command(
              "defrag",
              "",
              "Gives the free space of members back to their disks, one after the other",
              List.of(CLUSTER),
              Command.ANY_FORMAT,
              EndpointCommands::defragment),
          new Command(
              "import",
              "--from <endpoints>",
              "Copies a running cluster into a data directory, and follows it until told to stop",
              ImportCommand.FLAGS,
              Command.ANY_FORMAT,
              new ImportCommand()),
          new Command(
              "version",
              "",
              "Prints the version",
              List.of(),
              Command.ANY_FORMAT,
              Commands::version));

  private Commands() {}

  /** The first two lines are etcdctl's, for scripts that read them. */
  private static int version(Invocation invocation) {
    String api = ApiVersion.SERVER;
    invocation.out().println("etcdctl version: " + api);
    invocation.out().println("API version: " + api.substring(0, api.lastIndexOf('.')));
    return ExitStatus.SUCCESS;
  }
}
