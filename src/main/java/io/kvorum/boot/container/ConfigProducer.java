package io.kvorum.boot.container;

import io.kvorum.boot.config.FlagValues;
import io.kvorum.boot.config.MemberConfig;
import io.kvorum.boot.host.Host;
import io.kvorum.rest.RelayPort;
import io.kvorum.support.Log;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.config.Config;
import org.jspecify.annotations.Nullable;

/**
 * Produces the member's configuration: from the launcher, or from the sources of MicroProfile
 * Config.
 *
 * <p>Held by: LauncherIT, PlainLibertyIT.
 */
@ApplicationScoped
public class ConfigProducer {
  private static final Log LOG = Log.of(ConfigProducer.class);

  private final Config config;

  /** For the container's proxy. */
  @SuppressWarnings("NullAway") // the proxy's own fields are never read
  protected ConfigProducer() {
    this.config = null;
  }

  @Inject
  ConfigProducer(Config config) {
    this.config = config;
  }

  /**
   * The one configuration of the application.
   *
   * @throws io.kvorum.boot.config.ConfigurationException if a value is not acceptable
   */
  @Produces
  @Singleton
  public MemberConfig memberConfig() {
    if (!Host.ofThisJvm().ownsProcess()) {
      FlagValues.refuseUnknownProperties(config.getPropertyNames());
      FlagValues.withoutEffect(this::property).forEach(warning -> LOG.warning("{}", warning));
    }
    return Host.ofThisJvm().configuration(this::property);
  }

  /** The port of the relay, for the JSON face. */
  @Produces
  @Singleton
  public RelayPort relayPort() {
    Host host = Host.ofThisJvm();
    return new RelayPort(host.relayPort(this::property).orElse(0), host.ownsProcess());
  }

  private @Nullable String property(String name) {
    return config.getOptionalValue(name, String.class).orElse(null);
  }
}
