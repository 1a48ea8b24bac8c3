package io.kvorum.boot.host;

import io.kvorum.boot.Member;
import io.kvorum.boot.config.MemberConfig;
import io.kvorum.support.Log;
import io.kvorum.support.Reason;
import io.kvorum.support.Threads;
import java.io.IOException;
import java.util.OptionalInt;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Runs the member in a Liberty that an administrator runs, with other applications perhaps: the log
 * is Liberty's, with the levels set there, and only this application fails. Thread-safe.
 *
 * <p>Held by: HostTest, PlainLibertyIT.
 */
final class ForeignLiberty implements Host {
  private static final Log LOG = Log.of(ForeignLiberty.class);

  private @Nullable Member member;
  private boolean isStopped;

  @Override
  public boolean ownsProcess() {
    return false;
  }

  @Override
  public MemberConfig configuration(Function<String, @Nullable String> properties) {
    return MemberConfig.fromProperties(properties);
  }

  @Override
  public OptionalInt relayPort() {
    return OptionalInt.empty();
  }

  @Override
  public Member member(MemberConfig config) {
    try {
      Member opened = Member.open(config, this::fail);
      keep(opened);
      opened.start();
      if (opened.isOut()) {
        LOG.warning("not serving client requests: this member has been removed from the cluster");
      }
      opened
          .whenReady()
          .thenRun(() -> LOG.info(READY + " {}", "on " + config.listeners().client()));
      return opened;
    } catch (IOException | RuntimeException e) {
      applicationStopped();
      throw new IllegalStateException(Reason.inFull(e), e);
    }
  }

  private synchronized void keep(Member opened) {
    member = opened;
    isStopped = false;
  }

  @Override
  public synchronized void applicationStopped() {
    Member opened = member;
    if (opened == null || isStopped) {
      return;
    }
    isStopped = true;
    LOG.info("stopping");
    try {
      opened.close();
      LOG.info("stopped");
    } catch (IOException e) {
      LOG.error("stopped, but could not close everything", e);
    }
  }

  /** After a failed write the content of the log is unknown, and no further answer may leave. */
  private void fail(Throwable cause) {
    LOG.error(Reason.inFull(cause), cause);
    Threads.daemon("kvorum-stop", this::applicationStopped).start();
  }
}
