package io.kvorum.ctl;

import io.kvorum.ctl.client.ClientSettings;
import io.kvorum.ctl.client.Connection;
import io.kvorum.ctl.client.Connections;
import io.kvorum.ctl.client.RpcException;
import io.kvorum.ctl.output.GoText;
import io.kvorum.ctl.output.StepLog;
import io.kvorum.support.Reason;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Collectors;

/**
 * Saves a snapshot of one member to a file. Stateless.
 *
 * <p>Held by: SnapshotSaveTest.
 */
final class SnapshotSave implements Command.Action {
  @Override
  public int run(Invocation invocation) throws CtlException, InterruptedException {
    String name = invocation.onlyArgument("snapshot save expects one argument <filename>");
    ClientSettings settings = invocation.settings();
    try (Connections connections = new Connections(settings)) {
      if (settings.endpoints().size() != 1) {
        throw failed(
            "snapshot must be requested to one selected node, not multiple ["
                + settings.endpoints().stream()
                    .map(endpoint -> endpoint.text())
                    .collect(Collectors.joining(" "))
                + "]");
      }
      String version = save(invocation, connections.any(), Path.of(name), name);
      invocation.out().println("Snapshot saved at " + name);
      if (!version.isEmpty()) {
        invocation.out().println("Server version " + version);
      }
      return ExitStatus.SUCCESS;
    } catch (RpcException | SnapshotDownload.BadStreamException bad) {
      throw new CtlException(ExitStatus.INTERRUPTED, String.valueOf(bad.getMessage()), bad);
    } catch (InvalidPathException impossible) {
      throw new CtlException(ExitStatus.INTERRUPTED, Reason.of(impossible), impossible);
    }
  }

  private static String save(Invocation invocation, Connection member, Path file, String name)
      throws CtlException, RpcException, SnapshotDownload.BadStreamException, InterruptedException {
    StepLog log = new StepLog(invocation.err());
    long start = System.nanoTime();
    try (SnapshotDownload download = SnapshotDownload.beside(file)) {
      log.info("created temporary db file", "path", name + SnapshotDownload.SUFFIX);
      member.awaitLonger();
      log.info("opened snapshot stream; downloading");
      log.info("fetching snapshot", "endpoint", member.endpoint().text());
      try (ProgressLine progress = ProgressLine.of(invocation, "")) {
        boolean isTimed = invocation.flags().isSet(GlobalFlags.COMMAND_TIMEOUT);
        download.fetch(member, isTimed, progress);
      }
      log.info("completed snapshot read; closing");
      log.info(
          "fetched snapshot",
          "endpoint",
          member.endpoint().text(),
          "size",
          GoText.bytes(download.size()),
          "took",
          GoText.duration(Duration.ofNanos(System.nanoTime() - start)),
          "etcd-version",
          download.version());
      download.finish();
      log.info("saved", "path", name);
      return download.version();
    } catch (SnapshotDownload.UnwritableException unwritable) {
      throw new CtlException(
          ExitStatus.INTERRUPTED,
          "could not open %s%s (open %s%s: %s)"
              .formatted(
                  name,
                  SnapshotDownload.SUFFIX,
                  name,
                  SnapshotDownload.SUFFIX,
                  unwritable.getMessage()),
          unwritable);
    } catch (IOException failed) {
      throw new CtlException(
          ExitStatus.INTERRUPTED, "could not write snapshot: " + Reason.of(failed), failed);
    }
  }

  private static CtlException failed(String message) {
    return new CtlException(ExitStatus.INTERRUPTED, message);
  }
}
