package io.kvorum.boot.host;

import io.kvorum.boot.config.LogLevel;
import io.kvorum.boot.launcher.Bootstrap;
import io.kvorum.support.Log;
import org.jspecify.annotations.Nullable;

/**
 * A Liberty that an administrator runs, with other applications perhaps: the log is Liberty's, with
 * the levels set there, and only this application fails. Stateless.
 *
 * <p>Held by: HostTest, PlainLibertyIT.
 */
final class ForeignLiberty implements Host {
  private static final Log LOG = Log.of(ForeignLiberty.class);

  @Override
  public boolean ownsProcess() {
    return false;
  }

  @Override
  public void openLog(LogLevel level) {}

  @Override
  public void serving(String details) {
    LOG.info(Bootstrap.READY + " {}", details);
  }

  @Override
  public void notServing(String reason) {
    LOG.info("not serving client requests: {}", reason);
  }

  /** The member stops with the application. */
  @Override
  public void beforeStop(Runnable stop) {}

  @Override
  public IllegalStateException fail(String line, @Nullable Throwable cause) {
    return new IllegalStateException(line, cause);
  }
}
