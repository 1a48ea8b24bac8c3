package io.kvorum.ctl.client;

import java.time.Duration;
import java.util.List;

/**
 * How to reach a cluster. Immutable.
 *
 * @param endpoints at least one
 * @param commandTimeout how long one call may take, connecting included
 * @param maxRequestBytes the largest message that is sent; 0 means etcd's default
 * @param maxReceivedBytes the largest message that is received; 0 means no limit
 */
public record ClientSettings(
    List<EndpointAddress> endpoints,
    Duration dialTimeout,
    Duration commandTimeout,
    Duration keepAliveTime,
    Duration keepAliveTimeout,
    int maxRequestBytes,
    int maxReceivedBytes,
    TlsSettings tls,
    Credentials credentials) {
  /**
   * Who the client says it is; all empty means that it does not say.
   *
   * @param token one that was made elsewhere, instead of user and password
   */
  public record Credentials(String user, String password, String token) {
    public static final Credentials NONE = new Credentials("", "", "");
  }

  public ClientSettings {
    endpoints = List.copyOf(endpoints);
  }

  /** The same for other endpoints. */
  public ClientSettings at(List<EndpointAddress> others) {
    return new ClientSettings(
        others,
        dialTimeout,
        commandTimeout,
        keepAliveTime,
        keepAliveTimeout,
        maxRequestBytes,
        maxReceivedBytes,
        tls,
        credentials);
  }
}
