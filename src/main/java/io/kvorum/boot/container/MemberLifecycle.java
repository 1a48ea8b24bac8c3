package io.kvorum.boot.container;

import io.kvorum.boot.Member;
import io.kvorum.boot.config.MemberConfig;
import io.kvorum.boot.host.Host;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.context.Initialized;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import jakarta.servlet.ServletContext;
import org.jspecify.annotations.Nullable;

/**
 * Connects the application to its member: finds the one that runs in this process already, or
 * starts it with the application and stops it with it. The {@link Host} knows which.
 *
 * <p>Held by: LauncherIT, PlainLibertyIT.
 */
@ApplicationScoped
public class MemberLifecycle {
  @Inject private Instance<MemberConfig> config;
  private final Host host = Host.ofThisJvm();
  private @Nullable Member member;

  /** Returns when the member has recovered; fails the application if it cannot be started. */
  void start(@Observes @Initialized(ApplicationScoped.class) Object application) {
    Member started = host.member(config.get());
    member = started;
    if (host.relayPort().isEmpty()) {
      String root =
          application instanceof ServletContext context ? context.getContextPath() : "/kvorum";
      started.jsonServedAt(() -> JsonAddress.below(root));
    }
  }

  /** The member of this application, once it has been started. */
  Member member() {
    Member started = member;
    if (started == null) {
      throw new IllegalStateException("the member has not been started yet");
    }
    return started;
  }

  @PreDestroy
  void stop() {
    host.applicationStopped();
  }
}
