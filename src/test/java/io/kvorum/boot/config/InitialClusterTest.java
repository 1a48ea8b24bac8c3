package io.kvorum.boot.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.model.MemberUrl;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class InitialClusterTest {
  private static final UrlComparison WITHOUT_NAMES = new UrlComparison(host -> Set.of());

  @Test
  void membersAreSortedByNameAndUrls() {
    InitialCluster cluster =
        InitialCluster.parse("b=http://b:1, a=http://z:1,a=http://a:2 ,c=http://[::1]:3");
    assertThat(cluster.members().keySet()).containsExactly("a", "b", "c");
    assertThat(cluster).hasToString("a=http://a:2,a=http://z:1,b=http://b:1,c=http://[::1]:3");
    assertThat(cluster.urlsOf("a")).hasToString("[http://a:2, http://z:1]");
    assertThat(cluster.urlsOf("d")).isEmpty();
    assertThat(cluster.urlsOfOthers("a")).hasToString("[http://b:1, http://[::1]:3]");
  }

  @Test
  void aMemberThatIsNotAmongThemCannotStart() {
    assertRefused(
        "a=http://a:1,b=http://b:1",
        "c",
        "http://c:1",
        "couldn't find local name \"c\" in --initial-cluster=a=http://a:1,b=http://b:1");
  }

  @Test
  void twoMembersCannotShareAUrlNorOneHaveItTwice() {
    assertRefused(
        "a=http://a:1,b=http://a:1",
        "a",
        "http://a:1",
        "--initial-cluster has duplicate url http://a:1: a=http://a:1,b=http://a:1");
    assertRefused(
        "a=http://a:1,a=http://a:1",
        "a",
        "http://a:1",
        "--initial-cluster has duplicate url http://a:1: a=http://a:1,a=http://a:1");
  }

  @Test
  void aUrlThatIsNotAdvertisedIsNamed() {
    assertRefused(
        "default=http://a:1,default=http://a:2",
        "default",
        "http://a:2,http://a:3",
        "--initial-cluster has default=http://a:1 but missing from"
            + " --initial-advertise-peer-urls=http://a:2,http://a:3");
  }

  @Test
  void aUrlThatIsAdvertisedButNotExpectedIsNamed() {
    assertRefused(
        "default=http://a:1",
        "default",
        "http://a:1,http://a:2",
        "--initial-advertise-peer-urls has http://a:2 but missing from"
            + " --initial-cluster=default=http://a:1");
  }

  @Test
  void theSameUrlsInAnotherOrderAreTheSame() {
    InitialCluster cluster = InitialCluster.parse("a=http://b:1,a=http://a:1,c=http://c:1");
    List<MemberUrl> advertised =
        List.of(new MemberUrl("http", "b", 1), new MemberUrl("http", "a", 1));
    assertThatCode(() -> cluster.verify("a", advertised, WITHOUT_NAMES)).doesNotThrowAnyException();
  }

  private static void assertRefused(String cluster, String name, String advertised, String line) {
    assertThatThrownBy(
            () ->
                InitialCluster.parse(cluster)
                    .verify(name, MemberUrl.parseList(advertised), WITHOUT_NAMES))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage(line);
  }
}
