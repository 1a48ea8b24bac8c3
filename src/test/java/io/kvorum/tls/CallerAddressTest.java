package io.kvorum.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CallerAddressTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** 10.0.0.1 is m1.east.example; m2.example leads to 10.0.0.2, which has no name. */
  static final CallerAddress.Names NAMES =
      new CallerAddress.Names() {
        private static final Map<String, String> ADDRESSES =
            Map.of("m1.east.example", "10.0.0.1", "m2.example", "10.0.0.2");

        @Override
        public String of(InetAddress address) {
          String text = address.getHostAddress();
          return text.equals("10.0.0.1") ? "m1.east.example" : text;
        }

        @Override
        public List<InetAddress> addresses(String name) throws UnknownHostException {
          String address = ADDRESSES.get(name);
          if (address == null) {
            throw new UnknownHostException(name);
          }
          return List.of(InetAddress.getByName(address));
        }
      };

  private TestAuthority authority;

  @BeforeEach
  void makeAuthority() throws Exception {
    authority = new TestAuthority("ca");
  }

  private X509Certificate certificate(String... hosts) throws Exception {
    return authority.member("m", hosts).certificate();
  }

  private void accepted(String address, String... hosts) throws Exception {
    try (CallerAddress callers = new CallerAddress(NAMES, PATIENCE)) {
      callers.check(certificate(hosts), address);
    }
  }

  private void refused(String reason, String address, String... hosts) throws Exception {
    X509Certificate certificate = certificate(hosts);
    try (CallerAddress callers = new CallerAddress(NAMES, PATIENCE)) {
      assertThatThrownBy(() -> callers.check(certificate, address))
          .isInstanceOf(CertificateException.class)
          .hasMessage(reason);
    }
  }

  @Test
  void aCertificateWithoutAlternativeNamesBelongsEverywhere() throws Exception {
    accepted("10.0.0.9");
  }

  @Test
  void anAddressMustBeTheCallersOwn() throws Exception {
    accepted("10.0.0.1", "10.0.0.7", "10.0.0.1");
    accepted("fd00::1", "fd00::1");
    refused(
        "the client's certificate is valid for 10.0.0.7, not for 10.0.0.1", "10.0.0.1", "10.0.0.7");
  }

  @Test
  void aNameIsLookedUpInBothDirections() throws Exception {
    accepted("10.0.0.1", "M1.east.example");
    accepted("10.0.0.1", "10.0.0.7", "m1.east.example");
    accepted("10.0.0.1", "*.east.example");
    accepted("10.0.0.1", "*.example");
    accepted("10.0.0.2", "nosuch.invalid", "m2.example");
    refused(
        "10.0.0.1 does not match any of the names [*.west.example] of the client's certificate (its"
            + " name is m1.east.example)",
        "10.0.0.1",
        "*.west.example");
    refused(
        "10.0.0.2 does not match any of the names [nosuch.invalid] of the client's certificate"
            + " (unknown host nosuch.invalid)",
        "10.0.0.2",
        "nosuch.invalid");
    refused(
        "10.0.0.1 does not match any of the names [m2.example] of the client's certificate (its"
            + " name is m1.east.example)",
        "10.0.0.1",
        "m2.example");
  }

  @Test
  void thisMachineKnowsItself() throws Exception {
    try (CallerAddress callers = new CallerAddress(CallerAddress.Names.ofSystem(), PATIENCE)) {
      callers.check(certificate("localhost"), "127.0.0.1");
    }
  }

  @Test
  void namesThatAreNotFoundInTimeOrAreTooManyAreRefused() throws Exception {
    X509Certificate certificate = certificate("slow.example");
    CountDownLatch never = new CountDownLatch(1);
    CallerAddress.Names slow =
        new CallerAddress.Names() {
          @Override
          public String of(InetAddress address) {
            while (true) {
              try {
                never.await();
                return "slow.example";
              } catch (InterruptedException asTheResolverOfTheSystem) {
                // It does not end for that.
              }
            }
          }

          @Override
          public List<InetAddress> addresses(String name) {
            return List.of();
          }
        };
    try (CallerAddress callers = new CallerAddress(slow, Duration.ofMillis(1))) {
      String reason = "";
      int attempts = 0;
      while (!reason.contains("too many names are being looked up")) {
        reason = reason(callers, certificate);
        assertThat(reason)
            .containsAnyOf(
                "looking them up has taken longer than 0 s", "too many names are being looked up");
        assertThat(++attempts).isLessThan(100);
      }
      assertThat(attempts).isGreaterThan(4);
    } finally {
      never.countDown();
    }
  }

  private static String reason(CallerAddress callers, X509Certificate certificate) {
    try {
      callers.check(certificate, "10.0.0.1");
      return "accepted";
    } catch (CertificateException refused) {
      return refused.getMessage();
    }
  }
}
