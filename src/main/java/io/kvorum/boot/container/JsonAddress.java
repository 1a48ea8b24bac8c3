package io.kvorum.boot.container;

import java.lang.management.ManagementFactory;
import java.util.Optional;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/**
 * Tells where a Liberty of somebody else serves the application's JSON. Stateless.
 *
 * <p>Liberty opens its endpoints after it has started its applications, and tells of them through
 * an MBean; without one, clients learn the context root alone.
 *
 * <p>Held by: PlainLibertyIT.
 */
final class JsonAddress {
  private static final String ENDPOINT =
      "WebSphere:feature=channelfw,type=endpoint,name=defaultHttpEndpoint";

  private JsonAddress() {}

  /**
   * Continues "it is served".
   *
   * @param contextRoot of the application, such as {@code /kvorum}
   */
  static String below(String contextRoot) {
    String path = contextRoot + "/v3/";
    return endpoint()
        .map(endpoint -> endpoint + path)
        .orElse("by the Liberty server that this application is deployed in, at " + path);
  }

  private static Optional<String> endpoint() {
    MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    try {
      ObjectName name = new ObjectName(ENDPOINT);
      Object host = server.getAttribute(name, "Host");
      Object port = server.getAttribute(name, "Port");
      return Optional.of(
          host.equals("*")
              ? "on port " + port + " of this host, at "
              : "at http://" + host + ":" + port);
    } catch (JMException notOpen) {
      return Optional.empty();
    }
  }
}
