package io.kvorum.boot.container;

import io.kvorum.boot.Member;
import io.kvorum.boot.config.MemberConfig;
import io.kvorum.boot.host.Host;
import io.kvorum.support.Futures;
import io.kvorum.support.Log;
import io.kvorum.support.Threads;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.context.Initialized;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Starts the member with the application, and stops it with it.
 *
 * <p>Held by: LauncherIT, PlainLibertyIT.
 */
@ApplicationScoped
public class MemberLifecycle {
  private static final Log LOG = Log.of(MemberLifecycle.class);

  @Inject private Instance<MemberConfig> config;
  private final Host host = Host.ofThisJvm();
  private @Nullable Member member;
  private boolean isStopped;

  /** Returns when clients are served; fails the application, or the process, if they cannot be. */
  void start(@Observes @Initialized(ApplicationScoped.class) Object application) {
    try {
      MemberConfig settings = config.get();
      host.openLog(settings.logLevel());
      Member opened = Member.open(settings, this::fail);
      member = opened;
      opened.start();
      host.beforeStop(this::stop);
      if (opened.isOut()) {
        host.notServing("this member has been removed from the cluster");
      } else {
        host.serving("on " + settings.listeners().client());
      }
    } catch (IOException | RuntimeException e) {
      IllegalStateException outcome = host.fail(lineOf(e), e);
      stop();
      throw outcome;
    }
  }

  /** The member of this application, once it has been opened. */
  Member member() {
    Member opened = member;
    if (opened == null) {
      throw new IllegalStateException("the member has not been opened yet");
    }
    return opened;
  }

  @PreDestroy
  synchronized void stop() {
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
    IllegalStateException outcome = host.fail(lineOf(cause), cause);
    LOG.error(String.valueOf(outcome.getMessage()), cause);
    Threads.daemon("kvorum-stop", this::stop).start();
  }

  private static String lineOf(Throwable failure) {
    Throwable cause = Futures.cause(failure);
    return cause.getMessage() == null ? cause.toString() : cause.getMessage();
  }
}
