package io.kvorum.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testing.ServerUnderTest;
import io.kvorum.testing.SharedServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(SharedServer.class)
final class EtcdctlTxnIT {

  private final Etcdctl etcdctl;
  private final String p;

  EtcdctlTxnIT(ServerUnderTest server, TestInfo test) {
    etcdctl = new Etcdctl(server.endpoint());
    p = ServerUnderTest.prefix(test);
  }

  /** A txn in the language of {@code etcdctl txn}; {@code @} stands for this test's prefix. */
  private String input(String compares, String success, String failure) {
    return (section(compares) + section(success) + section(failure)).replace("@", p);
  }

  /** An empty line ends a section; an empty section is that line alone. */
  private static String section(String lines) {
    return lines.isEmpty() ? "\n" : lines + "\n\n";
  }

  private String txn(String compares, String success, String failure) {
    return etcdctl.okWithInput(input(compares, success, failure), "txn");
  }

  private String value(String name) {
    return etcdctl.ok("get", p + name, "--print-value-only").strip();
  }

  @Test
  void comparesThatHoldRunTheFirstBranch() {
    etcdctl.ok("put", p + "a", "1");
    assertThat(txn("value(\"@a\") = \"1\"", "put @b yes\nget @b", "put @b no"))
        .isEqualTo("SUCCESS\n\nOK\n\n" + p + "b\nyes\n");
    assertThat(value("b")).isEqualTo("yes");
  }

  @Test
  void oneCompareThatFailsRunsTheSecondBranch() {
    etcdctl.ok("put", p + "a", "1");
    String compares = "value(\"@a\") = \"1\"\nversion(\"@a\") = \"7\"";
    assertThat(txn(compares, "put @b yes", "put @b no\ndel @a")).isEqualTo("FAILURE\n\nOK\n\n1\n");
    assertThat(value("b")).isEqualTo("no");
    assertThat(value("a")).isEmpty();
  }

  @Test
  void withoutComparesTheFirstBranchRuns() {
    assertThat(txn("", "put @a 1", "")).isEqualTo("SUCCESS\n\nOK\n");
  }

  @Test
  void anEmptyBranchDoesNothingAndMakesNoRevision() {
    long before = etcdctl.revision();
    assertThat(txn("version(\"@a\") = \"1\"", "put @a 1", "")).isEqualTo("FAILURE\n");
    assertThat(etcdctl.revision()).isEqualTo(before);
  }

  @ParameterizedTest(name = "{0} is {1}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "version(\"@a\") = \"2\"       | SUCCESS",
        "version(\"@a\") > \"1\"       | SUCCESS",
        "version(\"@a\") > \"2\"       | FAILURE",
        "version(\"@a\") < \"3\"       | SUCCESS",
        "ver(\"@a\") < \"2\"           | FAILURE",
        "value(\"@a\") = \"two\"       | SUCCESS",
        "val(\"@a\") > \"one\"         | SUCCESS",
        "val(\"@a\") < \"one\"         | FAILURE",
        "value(\"@missing\") = \"\"    | FAILURE",
        "value(\"@missing\") < \"z\"   | FAILURE",
        "version(\"@missing\") = \"0\" | SUCCESS",
        "create(\"@missing\") = \"0\"  | SUCCESS",
        "mod(\"@missing\") = \"0\"     | SUCCESS",
        "create(\"@a\") > \"1\"        | SUCCESS",
        "c(\"@a\") = \"0\"             | FAILURE",
        "mod(\"@a\") > \"1\"           | SUCCESS",
        "m(\"@a\") = \"1\"             | FAILURE"
      })
  void aCompareOf(String compare, String expected) {
    etcdctl.ok("del", p + "a");
    etcdctl.ok("put", p + "a", "one");
    etcdctl.ok("put", p + "a", "two");
    assertThat(txn(compare, "get @a", "get @a")).isEqualTo(expected + "\n\n" + p + "a\ntwo\n");
  }

  @Test
  void createAndModRevisionsCompareWithThoseOfTheKey() {
    etcdctl.ok("put", p + "a", "1");
    long created = etcdctl.revision();
    etcdctl.ok("put", p + "a", "2");
    String compares =
        "create(\"@a\") = \"" + created + "\"\nmod(\"@a\") = \"" + (created + 1) + "\"";
    assertThat(txn(compares, "put @ok 1", "")).startsWith("SUCCESS");
  }

  @Test
  void aTxnMakesOneRevisionForAllItsWrites() {
    long before = etcdctl.revision();
    txn("", "put @a 1\nput @b 2\nput @c 3", "");
    assertThat(etcdctl.revision()).isEqualTo(before + 1);
    String fields = etcdctl.ok("get", p, "--prefix", "-w", "fields");
    assertThat(fields.lines().filter(("\"ModRevision\" : " + (before + 1))::equals)).hasSize(3);
  }

  @Test
  void aTxnThatOnlyReadsMakesNoRevision() {
    etcdctl.ok("put", p + "a", "1");
    long before = etcdctl.revision();
    txn("version(\"@a\") = \"1\"", "get @a", "get @a");
    assertThat(etcdctl.revision()).isEqualTo(before);
  }

  @Test
  void operationsSeeTheWritesBeforeThem() {
    etcdctl.ok("put", p + "a", "old");
    assertThat(txn("", "get @a\nput @a new\nget @a", ""))
        .isEqualTo("SUCCESS\n\n" + p + "a\nold\n\nOK\n\n" + p + "a\nnew\n");
    assertThat(txn("", "del @a\nget @ --prefix", "")).isEqualTo("SUCCESS\n\n1\n\n");
  }

  @Test
  void twoPutsOfOneKeyAreRefused() {
    Etcdctl.Outcome outcome = etcdctl.runWithInput(input("", "put @a 1\nput @a 2", ""), "txn");
    assertThat(outcome.status()).isEqualTo(1);
    assertThat(outcome.complaint())
        .isEqualTo("Error: etcdserver: duplicate key given in txn request");
    assertThat(value("a")).isEmpty();
  }

  @Test
  void aPutIntoARangeThatTheSameTxnDeletesIsRefused() {
    Etcdctl.Outcome outcome =
        etcdctl.runWithInput(input("", "del @ --prefix\nput @a 2", ""), "txn");
    assertThat(outcome.complaint())
        .isEqualTo("Error: etcdserver: duplicate key given in txn request");
  }

  @Test
  void bothBranchesMayPutTheSameKey() {
    assertThat(txn("version(\"@a\") = \"0\"", "put @a 1", "put @a 2")).startsWith("SUCCESS");
    assertThat(txn("version(\"@a\") = \"0\"", "put @a 1", "put @a 2")).startsWith("FAILURE");
    assertThat(value("a")).isEqualTo("2");
  }

  @Test
  void overlappingDeletesAreAllowed() {
    etcdctl.ok("put", p + "a", "1");
    etcdctl.ok("put", p + "b", "1");
    assertThat(txn("", "del @a\ndel @ --prefix", "")).isEqualTo("SUCCESS\n\n1\n\n1\n");
  }

  @Test
  void upTo128OperationsAreAllowedAndNoMore() {
    StringBuilder puts = new StringBuilder("put @k0 v");
    for (int i = 1; i < 128; i++) {
      puts.append("\nput @k").append(i).append(" v");
    }
    assertThat(txn("", puts.toString(), "")).startsWith("SUCCESS");
    Etcdctl.Outcome outcome =
        etcdctl.runWithInput(input("", puts + "\nput @one-more v", ""), "txn");
    assertThat(outcome.status()).isEqualTo(1);
    assertThat(outcome.complaint())
        .isEqualTo("Error: etcdserver: too many operations in txn request");
  }

  @Test
  void aFailingOperationUndoesTheWholeTxn() {
    Etcdctl.Outcome outcome =
        etcdctl.runWithInput(input("", "put @a 1\nput @b 1 --lease=7fffffff12345678", ""), "txn");
    assertThat(outcome.complaint()).isEqualTo("Error: etcdserver: requested lease not found");
    assertThat(value("a")).isEmpty();
  }

  @Test
  void jsonNamesTheKindOfEachResponse() {
    etcdctl.ok("put", p + "b", "1");
    String json =
        etcdctl.okWithInput(input("", "put @a 1\nget @a\ndel @b", ""), "txn", "-w", "json");
    long revision = Json.object(json).getAsJsonObject("header").get("revision").getAsLong();
    String kv =
        "{'key':'"
            + Json.base64(p + "a")
            + "','create_revision':@,'mod_revision':@,'version':1,'value':'MQ=='}";
    String expected =
        "{'succeeded':true,'responses':["
            + "{'Response':{'ResponsePut':{'header':{'revision':@}}}},"
            + "{'Response':{'ResponseRange':{'header':{'revision':@},'kvs':["
            + kv
            + "],'count':1}}},"
            + "{'Response':{'ResponseDeleteRange':{'header':{'revision':@},'deleted':1}}}]}";
    Json.assertSame(Json.withoutHeader(json), expected.replace("@", String.valueOf(revision)));
  }

  @Test
  void theInteractiveFormPromptsAndDoesTheSame() {
    String out = etcdctl.okWithInput(input("version(\"@a\") = \"0\"", "put @a 1", ""), "txn", "-i");
    assertThat(out)
        .isEqualTo(
            "compares:\nsuccess requests (get, put, del):\nfailure requests (get, put, del):\n"
                + "SUCCESS\n\nOK\n");
  }
}
