package io.kvorum.boot.container;

import io.kvorum.boot.Member;
import io.kvorum.boot.config.MemberConfig;
import io.kvorum.boot.host.Host;
import io.kvorum.boot.host.JsonAccess;
import io.kvorum.rest.RelayPort;
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
  @Inject private Instance<RelayPort> relay;
  private final Host host = Host.ofThisJvm();
  private @Nullable Member member;

  /** Returns when the member has recovered; fails the application if it cannot be started. */
  void start(@Observes @Initialized(ApplicationScoped.class) Object application) {
    String root =
        application instanceof ServletContext context ? context.getContextPath() : "/kvorum";
    JsonAccess json = new JsonAccess(relay.get().number(), () -> JsonAddress.below(root));
    member = host.member(config.get(), json);
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
