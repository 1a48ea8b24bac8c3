package io.kvorum.ctl;

import com.google.protobuf.ByteString;
import io.kvorum.backup.SnapshotState.GrantedLease;
import io.kvorum.boot.restore.Import;
import io.kvorum.boot.restore.Restore;
import io.kvorum.boot.restore.RestoreException;
import io.kvorum.boot.restore.RestoreSettings;
import io.kvorum.ctl.client.ClientSettings;
import io.kvorum.ctl.client.Connection;
import io.kvorum.ctl.client.Connections;
import io.kvorum.ctl.client.RpcException;
import io.kvorum.ctl.output.StepLog;
import io.kvorum.model.Change;
import io.kvorum.model.KeyValue;
import io.kvorum.proto.etcdserverpb.LeaseLeasesRequest;
import io.kvorum.proto.etcdserverpb.LeaseStatus;
import io.kvorum.proto.etcdserverpb.LeaseTimeToLiveRequest;
import io.kvorum.proto.etcdserverpb.LeaseTimeToLiveResponse;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.proto.etcdserverpb.WatchResponse;
import io.kvorum.proto.mvccpb.Event;
import io.kvorum.support.ByteStrings;
import io.kvorum.support.Reason;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import sun.misc.Signal;

/**
 * Copies a running cluster into the data directory of a new one: its snapshot, then every change
 * that it makes, until the copy has caught up or somebody says to stop. Revisions stay what they
 * are. Stateless.
 *
 * <p>Held by: ImportIT, ImportCommandTest.
 */
final class ImportCommand implements Command.Action {
  static final List<Flag> FLAGS =
      List.of(
          Flag.text("from", "", "where the members of the source serve clients"),
          Flag.bool(
              "until-caught-up",
              false,
              "end as soon as all is there that the source has; else at SIGINT or SIGTERM"),
          SnapshotFileCommands.DATA_DIR,
          SnapshotFileCommands.WAL_DIR,
          SnapshotFileCommands.KEY_FILE,
          SnapshotFileCommands.NAME,
          SnapshotFileCommands.TOKEN,
          SnapshotFileCommands.PEER_URLS);

  private static final Duration PATIENCE = Duration.ofMillis(200);
  private static final Duration PAUSE = Duration.ofSeconds(1);
  private static final ByteString SOME_KEY = ByteString.copyFromUtf8("health");

  @Override
  public int run(Invocation invocation)
      throws CtlException, UsageException, RpcException, InterruptedException {
    invocation.noArguments("import accepts no arguments");
    if (invocation.flags().text("from").isEmpty()) {
      throw new UsageException("required flag(s) \"from\" not set");
    }
    RestoreSettings settings = settings(invocation.flags());
    StepLog log = new StepLog(invocation.err());
    try (Connections connections = new Connections(source(invocation))) {
      Import.check(settings);
      try (SnapshotDownload download = SnapshotDownload.into(settings.snapshot())) {
        Connection source = connections.any();
        source.awaitLonger();
        try (ProgressLine progress = ProgressLine.of(invocation, "fetching the snapshot")) {
          download.fetch(source, false, progress);
        }
        copy(invocation, source, settings, log);
      }
      return ExitStatus.SUCCESS;
    } catch (RestoreException refused) {
      throw SnapshotFileCommands.refusal(refused);
    } catch (SnapshotDownload.BadStreamException bad) {
      throw new CtlException(ExitStatus.ERROR, String.valueOf(bad.getMessage()), bad);
    } catch (IOException unwritable) {
      throw new CtlException(ExitStatus.ERROR, Reason.inFull(unwritable), unwritable);
    }
  }

  /** The snapshot goes beside the directory. */
  private static RestoreSettings settings(FlagValues flags) throws CtlException {
    Path directory = SnapshotFileCommands.dataDirectory(flags);
    return new RestoreSettings(
        directory.resolveSibling(directory.getFileName() + ".importing"),
        directory,
        SnapshotFileCommands.walDirectory(flags),
        member(flags),
        RestoreSettings.Revisions.ALL,
        false,
        SnapshotFileCommands.sealing(flags));
  }

  private static void copy(
      Invocation invocation, Connection source, RestoreSettings settings, StepLog log)
      throws CtlException, RpcException, RestoreException, InterruptedException {
    try (FileProgress progress = new FileProgress(invocation);
        Import copy = Import.begin(settings, progress)) {
      progress.close();
      log.line("copied the snapshot", "revision", Long.toString(copy.revision()));
      new Following(invocation, source, copy, log).run();
      Restore.Restored made = copy.finish(leases(source));
      log.line(
          "imported",
          "data-dir",
          settings.dataDirectory().toString(),
          "revision",
          Long.toString(made.revision()),
          "changes",
          Long.toString(made.changes()));
    }
  }

  private static ClientSettings source(Invocation invocation) throws CtlException {
    try {
      return invocation.settings().at(GlobalFlags.endpoints(invocation.flags().text("from")));
    } catch (IllegalArgumentException wrong) {
      throw CtlException.badArguments(String.valueOf(wrong.getMessage()));
    }
  }

  /** The one member of the new cluster. */
  private static RestoreSettings.NewMember member(FlagValues flags) {
    String name = flags.text("name");
    String urls = flags.text("initial-advertise-peer-urls");
    List<String> cluster = new ArrayList<>();
    for (String url : urls.split(",", -1)) {
      cluster.add(name + "=" + url.strip());
    }
    return new RestoreSettings.NewMember(
        name, String.join(",", cluster), flags.text("initial-cluster-token"), urls);
  }

  /** Those that end meanwhile are left out. */
  private static List<GrantedLease> leases(Connection source) throws RpcException {
    List<GrantedLease> leases = new ArrayList<>();
    for (LeaseStatus lease :
        source
            .call(any -> any.lease().leaseLeases(LeaseLeasesRequest.getDefaultInstance()))
            .getLeasesList()) {
      LeaseTimeToLiveRequest request =
          LeaseTimeToLiveRequest.newBuilder().setID(lease.getID()).build();
      LeaseTimeToLiveResponse left = source.call(any -> any.lease().leaseTimeToLive(request));
      if (left.getTTL() > 0) {
        leases.add(new GrantedLease(lease.getID(), left.getGrantedTTL()));
      }
    }
    return leases;
  }

  private static long revisionOf(Connection source) throws RpcException {
    return source
        .call(any -> any.kv().range(RangeRequest.newBuilder().setKey(SOME_KEY).build()))
        .getHeader()
        .getRevision();
  }

  /** Takes the changes that the source makes. Used once, by one thread. */
  private static final class Following {
    private final Invocation invocation;
    private final Connection source;
    private final Import copy;
    private final StepLog log;
    private final CountDownLatch stop = new CountDownLatch(1);
    private long lagShown;
    private int sub;

    Following(Invocation invocation, Connection source, Import copy, StepLog log) {
      this.invocation = invocation;
      this.source = source;
      this.copy = copy;
      this.log = log;
    }

    /** Returns when the copy has all that the source had when it was to end. */
    void run() throws CtlException, RpcException, RestoreException, InterruptedException {
      if (invocation.flags().isTrue("until-caught-up")) {
        stop.countDown();
      } else {
        for (String signal : List.of("INT", "TERM")) {
          Signal.handle(new Signal(signal), received -> stop.countDown());
        }
      }
      try (ProgressLine progress = ProgressLine.of(invocation, "following")) {
        while (stop.getCount() > 0) {
          follow(Long.MAX_VALUE, progress);
        }
        long last = revisionOf(source);
        while (copy.revision() < last) {
          follow(last, progress);
        }
      }
    }

    /** Watches until that revision is there, or until it is to stop, or the watch breaks. */
    private void follow(long last, ProgressLine progress)
        throws CtlException, RpcException, RestoreException, InterruptedException {
      boolean isEnding = last != Long.MAX_VALUE;
      try (SourceWatch watch = SourceWatch.start(source, copy.revision() + 1)) {
        while (copy.revision() < last && (isEnding || stop.getCount() > 0)) {
          Optional<WatchResponse> answer = watch.next(PATIENCE);
          if (answer.isPresent()) {
            take(answer.get());
          }
          showLag(progress);
        }
      } catch (SourceWatch.BrokenException broken) {
        log.line("the watch broke, and begins again", "reason", broken.getMessage());
        Thread.sleep(PAUSE.toMillis());
      }
    }

    private void take(WatchResponse answer) throws CtlException, RestoreException {
      if (answer.getCanceled()) {
        throw new CtlException(
            ExitStatus.ERROR,
            answer.getCompactRevision() > 0
                ? "the source was compacted at revision "
                    + answer.getCompactRevision()
                    + " before the import had come that far; begin again"
                : "the source has ended the watch: " + answer.getCancelReason());
      }
      if (answer.getCreated() && stop.getCount() > 0) {
        log.line(
            "following; SIGINT or SIGTERM ends it", "revision", Long.toString(copy.revision()));
      }
      for (Event event : answer.getEventsList()) {
        long revision = event.getKv().getModRevision();
        sub = revision == copy.revision() ? sub + 1 : 0;
        copy.add(new Change(sub, content(event)));
      }
    }

    private static KeyValue content(Event event) {
      io.kvorum.proto.mvccpb.KeyValue kv = event.getKv();
      return event.getType() == Event.EventType.DELETE
          ? KeyValue.tombstone(ByteStrings.bytes(kv.getKey()), kv.getModRevision())
          : new KeyValue(
              ByteStrings.bytes(kv.getKey()),
              ByteStrings.bytes(kv.getValue()),
              kv.getCreateRevision(),
              kv.getModRevision(),
              kv.getVersion(),
              kv.getLease());
    }

    /** Once a second, and only if somebody looks: it costs the source a read. */
    private void showLag(ProgressLine progress) {
      long now = System.nanoTime();
      if (!invocation.surroundings().errIsTerminal() || now - lagShown < PAUSE.toNanos()) {
        return;
      }
      lagShown = now;
      try {
        long behind = Math.max(0, revisionOf(source) - copy.revision());
        progress.say("at revision " + copy.revision() + ", " + behind + " behind");
      } catch (RpcException unreachable) {
        progress.say("at revision " + copy.revision() + ", the source does not answer");
      }
    }
  }
}
