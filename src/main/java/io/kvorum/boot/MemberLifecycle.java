package io.kvorum.boot;

import io.kvorum.boot.config.Launched;
import io.kvorum.boot.config.MemberConfig;
import io.kvorum.boot.launcher.Departure;
import io.kvorum.boot.launcher.MemberExit;
import io.kvorum.boot.launcher.MemberLog;
import io.kvorum.boot.launcher.Readiness;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.context.Initialized;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** Starts the member with the application, and stops it with it. */
@ApplicationScoped
public class MemberLifecycle {
  private static final System.Logger LOG = System.getLogger(MemberLifecycle.class.getName());

  @Inject private Instance<MemberConfig> config;
  private @Nullable Member member;
  private boolean isStopped;

  /** Returns when clients are served; fails the application, or the process, if they cannot be. */
  void start(@Observes @Initialized(ApplicationScoped.class) Object application) {
    try {
      MemberConfig settings = config.get();
      MemberLog.open(settings.logLevel());
      Member opened = Member.open(settings, this::fail);
      member = opened;
      opened.start();
      Departure.beginsWith(this::stop);
      if (opened.isOut()) {
        Readiness.decline("this member has been removed from the cluster");
      } else {
        Readiness.announce("on " + settings.listeners().client());
      }
    } catch (IOException | RuntimeException e) {
      IllegalStateException outcome = MemberExit.because(lineOf(e), e);
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
    LOG.log(Level.INFO, "stopping");
    try {
      opened.close();
      LOG.log(Level.INFO, "stopped");
    } catch (IOException e) {
      LOG.log(Level.ERROR, "stopped, but not everything could be closed", e);
    }
  }

  /** After a failed write of the log, nobody knows what is on disk: no further answer may leave. */
  private void fail(Throwable cause) {
    IllegalStateException outcome = MemberExit.because(lineOf(cause), cause);
    LOG.log(Level.ERROR, outcome.getMessage(), cause);
    if (!Launched.byLauncher()) {
      Thread closer = new Thread(this::stop, "kvorum-stop");
      closer.setDaemon(true);
      closer.start();
    }
  }

  private static String lineOf(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return cause.getMessage() == null ? cause.toString() : cause.getMessage();
  }
}
