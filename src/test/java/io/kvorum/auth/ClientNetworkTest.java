package io.kvorum.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;

class ClientNetworkTest {
  private static Object of(String number) throws UnknownHostException {
    Object resolved =
        ClientNetwork.of(new InetSocketAddress(InetAddress.getByName(number), 40_000));
    assertThat(ClientNetwork.of(InetSocketAddress.createUnresolved(number, 40_001)))
        .as("as a container says it")
        .isEqualTo(resolved);
    return resolved;
  }

  @Test
  void anAddressOfIpv4StandsForItself() throws UnknownHostException {
    assertThat(of("10.1.2.3")).isEqualTo(of("10.1.2.3")).isNotEqualTo(of("10.1.2.4"));
  }

  @Test
  void allAddressesOfOneNetworkOfIpv6AreOneClient() throws UnknownHostException {
    assertThat(of("2001:db8:1:2::1"))
        .isEqualTo(of("2001:db8:1:2:ffff:1:2:3"))
        .isNotEqualTo(of("2001:db8:1:3::1"));
  }

  @Test
  void aSocketOfTheMachineStandsForItself() {
    UnixDomainSocketAddress socket = UnixDomainSocketAddress.of("/run/a");
    assertThat(ClientNetwork.of(socket)).isEqualTo(socket);
  }
}
