package io.kvorum.boot.config;

import java.util.Optional;

/**
 * The DNS records that name the founders: SRV, {@code _etcd-server-ssl._tcp.<domain>} and {@code
 * _etcd-server._tcp.<domain>}. Immutable.
 *
 * <p>Held by: SrvDiscoveryTest, MemberConfigTest.
 *
 * @param domain without a trailing dot
 * @param suffix distinguishes clusters of one domain; empty for none
 */
public record SrvService(String domain, String suffix) {

  static Optional<SrvService> from(Settings settings) {
    if (!settings.isSet("discovery-srv")) {
      if (settings.isSet("discovery-srv-name")) {
        throw settings.refusal("discovery-srv-name", "needs --discovery-srv");
      }
      return Optional.empty();
    }
    if (settings.isSet("initial-cluster")) {
      throw settings.refusal(
          "discovery-srv", "--initial-cluster is set too; choose one of the two");
    }
    String domain = settings.text("discovery-srv").strip().replaceFirst("\\.$", "");
    if (!domain.matches("[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*")) {
      throw settings.refusal("discovery-srv", "must be a domain name");
    }
    return Optional.of(new SrvService(domain, settings.text("discovery-srv-name").strip()));
  }

  /** The name of the records of members that talk without TLS. */
  public String plainName() {
    return name("etcd-server");
  }

  /** The name of the records of members that talk through TLS. */
  public String secureName() {
    return name("etcd-server-ssl");
  }

  private String name(String service) {
    return "_" + service + (suffix.isEmpty() ? "" : "-" + suffix) + "._tcp." + domain;
  }
}
