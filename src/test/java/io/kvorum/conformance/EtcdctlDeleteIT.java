package io.kvorum.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testing.ServerUnderTest;
import io.kvorum.testing.SharedServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SharedServer.class)
final class EtcdctlDeleteIT {

  private final Etcdctl etcdctl;
  private final String p;

  EtcdctlDeleteIT(ServerUnderTest server, TestInfo test) {
    etcdctl = new Etcdctl(server.endpoint());
    p = ServerUnderTest.prefix(test);
    for (String name : new String[] {"a", "b", "c"}) {
      etcdctl.ok("put", p + name, "value of " + name);
    }
  }

  private String keysLeft() {
    return etcdctl.ok("get", p, "--prefix", "--keys-only").replace(p, "").replace("\n", "");
  }

  @Test
  void aDeleteTellsHowManyKeysWent() {
    assertThat(etcdctl.ok("del", p + "a")).isEqualTo("1\n");
    assertThat(keysLeft()).isEqualTo("bc");
  }

  @Test
  void deletingNothingIsNoErrorAndMakesNoRevision() {
    long before = etcdctl.revision();
    assertThat(etcdctl.ok("del", p + "missing")).isEqualTo("0\n");
    assertThat(Etcdctl.field("Revision", etcdctl.ok("del", p + "missing", "-w", "fields")))
        .isEqualTo(before);
    assertThat(etcdctl.revision()).isEqualTo(before);
  }

  @Test
  void aDeleteCanTellWhatWasThere() {
    assertThat(etcdctl.ok("del", p, "--prefix", "--prev-kv"))
        .isEqualTo("3\n" + p + "a\nvalue of a\n" + p + "b\nvalue of b\n" + p + "c\nvalue of c\n");
  }

  @Test
  void aPrefixDeletesAllKeysBelowItInOneRevision() {
    long before = etcdctl.revision();
    assertThat(etcdctl.ok("del", p, "--prefix")).isEqualTo("3\n");
    assertThat(keysLeft()).isEmpty();
    assertThat(etcdctl.revision()).isEqualTo(before + 1);
  }

  @Test
  void aRangeDeletesUpToItsEnd() {
    assertThat(etcdctl.ok("del", p + "a", p + "c")).isEqualTo("2\n");
    assertThat(keysLeft()).isEqualTo("c");
  }

  @Test
  void fromKeyDeletesThatKeyAndLaterOnes() {
    // Sorts after all other keys of the suite, which must survive.
    String last = "~" + p;
    etcdctl.ok("put", last + "a", "1");
    etcdctl.ok("put", last + "b", "2");
    etcdctl.ok("put", last + "c", "3");
    etcdctl.ok("del", last + "b", "--from-key");
    assertThat(etcdctl.ok("get", last, "--prefix", "--keys-only")).isEqualTo(last + "a\n\n");
    assertThat(keysLeft()).isEqualTo("abc");
  }

  @Test
  void aDeletedKeyBeginsANewLifeWithVersionOne() {
    etcdctl.ok("put", p + "a", "again");
    etcdctl.ok("del", p + "a");
    etcdctl.ok("put", p + "a", "new");
    String fields = etcdctl.ok("get", p + "a", "-w", "fields");
    assertThat(Etcdctl.field("Version", fields)).isEqualTo(1);
    assertThat(Etcdctl.field("CreateRevision", fields))
        .isEqualTo(Etcdctl.field("ModRevision", fields));
  }

  @Test
  void anEmptyKeyIsRefused() {
    Etcdctl.Outcome outcome = etcdctl.run("del", "");
    assertThat(outcome.status()).isEqualTo(1);
    assertThat(outcome.complaint()).isEqualTo("Error: etcdserver: key is not provided");
  }

  @Test
  void jsonOmitsTheCountOfADeleteThatFoundNothing() {
    Json.assertSame(Json.withoutHeader(etcdctl.ok("del", p + "missing", "-w", "json")), "{}");
    Json.assertSame(Json.withoutHeader(etcdctl.ok("del", p + "a", "-w", "json")), "{'deleted':1}");
  }
}
