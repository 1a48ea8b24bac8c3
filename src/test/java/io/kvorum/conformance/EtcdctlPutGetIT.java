package io.kvorum.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.testing.ServerUnderTest;
import io.kvorum.testing.SharedServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SharedServer.class)
final class EtcdctlPutGetIT {

  private final Etcdctl etcdctl;
  private final String p;

  EtcdctlPutGetIT(ServerUnderTest server, TestInfo test) {
    etcdctl = new Etcdctl(server.endpoint());
    p = ServerUnderTest.prefix(test);
  }

  private void put(String... namesAndValues) {
    for (int i = 0; i < namesAndValues.length; i += 2) {
      etcdctl.ok("put", p + namesAndValues[i], namesAndValues[i + 1]);
    }
  }

  /** What {@code get} prints of these names and values. */
  private String lines(String... namesAndValues) {
    StringBuilder expected = new StringBuilder();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      expected.append(p).append(namesAndValues[i]).append('\n');
      expected.append(namesAndValues[i + 1]).append('\n');
    }
    return expected.toString();
  }

  @Test
  void aPutIsAnsweredWithOkAndCanBeReadBack() {
    assertThat(etcdctl.ok("put", p + "a", "1")).isEqualTo("OK\n");
    assertThat(etcdctl.ok("get", p + "a")).isEqualTo(lines("a", "1"));
  }

  @Test
  void aMissingKeyPrintsNothingAndIsNoError() {
    assertThat(etcdctl.run("get", p + "missing")).isEqualTo(new Etcdctl.Outcome(0, "", ""));
  }

  @Test
  void aPutCanTellWhatItReplaced() {
    assertThat(etcdctl.ok("put", p + "a", "1", "--prev-kv")).isEqualTo("OK\n");
    assertThat(etcdctl.ok("put", p + "a", "2", "--prev-kv")).isEqualTo("OK\n" + lines("a", "1"));
  }

  @Test
  void theValueIsReadFromTheStandardInputWhenItIsNotGiven() {
    etcdctl.okWithInput("from a pipe", "put", p + "a");
    assertThat(etcdctl.ok("get", p + "a")).isEqualTo(lines("a", "from a pipe"));
  }

  @Test
  void anEmptyValueIsAValue() {
    put("a", "");
    assertThat(etcdctl.ok("get", p + "a")).isEqualTo(lines("a", ""));
    assertThat(etcdctl.ok("get", p + "a", "-w", "fields")).contains("\"Count\" : 1\n");
  }

  @Test
  void keysAndValuesMayBeAnyBytes() {
    String value = "tab\tumlaut ü, 中文 \u0001\n second line";
    put("kéy with spaces", value);
    assertThat(etcdctl.ok("get", p + "kéy with spaces", "--print-value-only"))
        .isEqualTo(value + "\n");
  }

  @Test
  void hexPrintsEveryByte() {
    put("a", "AZ");
    assertThat(etcdctl.ok("get", p + "a", "--hex")).endsWith("\\x2f\\x61\n\\x41\\x5a\n");
  }

  @Test
  void fieldsShowRevisionsAndVersionOfAKey() {
    put("a", "1");
    long created = etcdctl.revision();
    put("a", "2", "other", "x");
    String fields = etcdctl.ok("get", p + "a", "-w", "fields");
    assertThat(Etcdctl.field("CreateRevision", fields)).isEqualTo(created);
    assertThat(Etcdctl.field("ModRevision", fields)).isEqualTo(created + 1);
    assertThat(Etcdctl.field("Revision", fields)).isEqualTo(created + 2);
    assertThat(Etcdctl.field("Version", fields)).isEqualTo(2);
    assertThat(Etcdctl.field("Lease", fields)).isZero();
    assertThat(Etcdctl.field("Count", fields)).isEqualTo(1);
    assertThat(Etcdctl.field("ClusterID", fields)).isNotZero();
    assertThat(Etcdctl.field("MemberID", fields)).isNotZero();
    assertThat(Etcdctl.field("RaftTerm", fields)).isPositive();
    assertThat(fields)
        .contains("\"Key\" : \"" + p + "a\"\n")
        .contains("\"Value\" : \"2\"\n")
        .contains("\"More\" : false\n");
  }

  @Test
  void jsonShowsBytesAsBase64AndOmitsWhatIsZero() {
    put("a", "1");
    long revision = etcdctl.revision();
    String key = Json.base64(p + "a");
    Json.assertSame(
        Json.withoutHeader(etcdctl.ok("get", p + "a", "-w", "json")),
        "{'kvs':[{'key':'"
            + key
            + "','create_revision':"
            + revision
            + ",'mod_revision':"
            + revision
            + ",'version':1,'value':'MQ=='}],'count':1}");
  }

  @Test
  void aPrefixReadsAllKeysBelowItInOrder() {
    put("b", "2", "a", "1", "c/d", "3");
    assertThat(etcdctl.ok("get", p, "--prefix")).isEqualTo(lines("a", "1", "b", "2", "c/d", "3"));
  }

  @Test
  void aRangeLeavesOutItsEnd() {
    put("a", "1", "b", "2", "c", "3");
    assertThat(etcdctl.ok("get", p + "a", p + "c")).isEqualTo(lines("a", "1", "b", "2"));
  }

  @Test
  void aRangeWhoseEndIsNotAboveItsStartIsEmpty() {
    put("a", "1", "b", "2");
    assertThat(etcdctl.ok("get", p + "b", p + "a")).isEmpty();
    assertThat(etcdctl.ok("get", p + "b", p + "b")).isEmpty();
  }

  @Test
  void fromKeyReadsThatKeyAndEveryLaterOne() {
    put("a", "1", "b", "2", "c", "3");
    String all = etcdctl.ok("get", p + "b", "--from-key");
    assertThat(all).startsWith(lines("b", "2", "c", "3")).doesNotContain(p + "a");
  }

  @Test
  void fromAnEmptyKeyMeansEverything() {
    put("a", "1");
    assertThat(etcdctl.ok("get", "", "--from-key", "--keys-only")).contains(p + "a\n");
  }

  @Test
  void aLimitCutsTheAnswerButNotTheCount() {
    put("a", "1", "b", "2", "c", "3");
    assertThat(etcdctl.ok("get", p, "--prefix", "--limit=2")).isEqualTo(lines("a", "1", "b", "2"));
    String fields = etcdctl.ok("get", p, "--prefix", "--limit=2", "-w", "fields");
    assertThat(Etcdctl.field("Count", fields)).isEqualTo(3);
    assertThat(fields).contains("\"More\" : true\n");
    String whole = etcdctl.ok("get", p, "--prefix", "--limit=3", "-w", "fields");
    assertThat(whole).contains("\"More\" : false\n");
  }

  @Test
  void keysOnlyLeavesTheValuesOut() {
    put("a", "1", "b", "2");
    assertThat(etcdctl.ok("get", p, "--prefix", "--keys-only"))
        .isEqualTo(p + "a\n\n" + p + "b\n\n");
    assertThat(etcdctl.ok("get", p + "a", "--keys-only", "-w", "fields"))
        .contains("\"Value\" : \"\"\n")
        .contains("\"Version\" : 1\n");
  }

  @Test
  void printValueOnlyLeavesTheKeysOut() {
    put("a", "1", "b", "2");
    assertThat(etcdctl.ok("get", p, "--prefix", "--print-value-only")).isEqualTo("1\n2\n");
  }

  @Test
  void anOlderRevisionShowsWhatWasThere() {
    put("a", "1");
    long first = etcdctl.revision();
    put("a", "2", "b", "x");
    etcdctl.ok("del", p + "a");
    String rev = "--rev=" + first;
    assertThat(etcdctl.ok("get", p, "--prefix", rev)).isEqualTo(lines("a", "1"));
    assertThat(etcdctl.ok("get", p, "--prefix")).isEqualTo(lines("b", "x"));
    assertThat(Etcdctl.field("Revision", etcdctl.ok("get", p + "a", rev, "-w", "fields")))
        .as("the header tells the current revision, not the one read")
        .isEqualTo(first + 3);
  }

  @Test
  void aRevisionThatIsYetToComeIsRefused() {
    Etcdctl.Outcome outcome = etcdctl.run("get", p + "a", "--rev=" + (etcdctl.revision() + 1000));
    assertThat(outcome.status()).isEqualTo(1);
    assertThat(outcome.complaint())
        .isEqualTo("Error: etcdserver: mvcc: required revision is a future revision");
  }

  @Test
  void anEmptyKeyIsRefused() {
    assertThat(etcdctl.run("put", "", "v").complaint())
        .isEqualTo("Error: etcdserver: key is not provided");
    assertThat(etcdctl.run("get", "").complaint())
        .isEqualTo("Error: etcdserver: key is not provided");
    assertThat(etcdctl.run("get", "").status()).isEqualTo(1);
  }

  @Test
  void resultsCanBeSortedByAnyPropertyInBothDirections() {
    put("b", "x", "c", "z", "a", "y");
    put("b", "x", "b", "x", "a", "y");
    assertThat(sorted("KEY", "ASCEND")).isEqualTo("a b c");
    assertThat(sorted("KEY", "DESCEND")).isEqualTo("c b a");
    assertThat(sorted("CREATE", "ASCEND")).isEqualTo("b c a");
    assertThat(sorted("CREATE", "DESCEND")).isEqualTo("a c b");
    assertThat(sorted("MODIFY", "ASCEND")).isEqualTo("c b a");
    assertThat(sorted("MODIFY", "DESCEND")).isEqualTo("a b c");
    assertThat(sorted("VERSION", "ASCEND")).isEqualTo("c a b");
    assertThat(sorted("VERSION", "DESCEND")).isEqualTo("b a c");
    assertThat(sorted("VALUE", "ASCEND")).isEqualTo("b a c");
    assertThat(sorted("VALUE", "DESCEND")).isEqualTo("c a b");
  }

  private String sorted(String by, String order) {
    String keys =
        etcdctl.ok("get", p, "--prefix", "--keys-only", "--sort-by=" + by, "--order=" + order);
    return keys.replace(p, "").replace("\n\n", " ").strip();
  }

  @Test
  void aSortWithoutADirectionAscends() {
    put("b", "x", "a", "y");
    assertThat(etcdctl.ok("get", p, "--prefix", "--sort-by=CREATE"))
        .isEqualTo(lines("b", "x", "a", "y"));
  }

  @Test
  void aLimitAppliesAfterSorting() {
    put("a", "1", "b", "2", "c", "3");
    assertThat(etcdctl.ok("get", p, "--prefix", "--limit=1", "--order=DESCEND"))
        .isEqualTo(lines("c", "3"));
  }

  @Test
  void aSerializableReadSeesTheWriteThatThisMemberAcknowledged() {
    put("a", "1");
    assertThat(etcdctl.ok("get", p + "a", "--consistency=s")).isEqualTo(lines("a", "1"));
  }

  @Test
  void ignoreValueKeepsTheValueOfAnExistingKey() {
    put("a", "1");
    etcdctl.ok("put", p + "a", "--ignore-value");
    assertThat(etcdctl.ok("get", p + "a", "-w", "fields"))
        .contains("\"Value\" : \"1\"\n")
        .contains("\"Version\" : 2\n");
    Etcdctl.Outcome missing = etcdctl.run("put", p + "missing", "--ignore-value");
    assertThat(missing.status()).isEqualTo(1);
    assertThat(missing.complaint()).isEqualTo("Error: etcdserver: key not found");
  }

  @Test
  void samePutsMakeRevisionsToo() {
    put("a", "1");
    long before = etcdctl.revision();
    put("a", "1");
    assertThat(etcdctl.revision()).isEqualTo(before + 1);
  }

  @Test
  void readsMakeNoRevision() {
    put("a", "1");
    long before = etcdctl.revision();
    etcdctl.ok("get", p, "--prefix");
    etcdctl.ok("get", p + "a");
    assertThat(etcdctl.revision()).isEqualTo(before);
  }

  @Test
  void aValueOfOneMebibyteCanBeWrittenAndReadBack() {
    String value = "0123456789abcdef".repeat(1 << 16);
    etcdctl.okWithInput(value, "put", p + "big");
    assertThat(etcdctl.ok("get", p + "big", "--print-value-only")).isEqualTo(value + "\n");
  }

  @Test
  void aRequestAboveTheLimitIsRefusedAndChangesNothing() {
    long before = etcdctl.revision();
    Etcdctl.Outcome outcome = etcdctl.runWithInput("x".repeat(1_572_864), "put", p + "big");
    assertThat(outcome.status()).isEqualTo(1);
    assertThat(outcome.complaint()).isEqualTo("Error: etcdserver: request is too large");
    assertThat(etcdctl.revision()).isEqualTo(before);
  }
}
