package io.kvorum.plain;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.boot.config.Flag;
import io.kvorum.boot.config.Flags;
import io.kvorum.boot.config.MemberConfig;
import io.kvorum.boot.config.UrlComparison;
import io.kvorum.model.MemberUrl;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The configurations in docs/plain-liberty.md, as far as they can be checked without a Liberty. */
final class LibertyPageTest {
  private static final String PREFIX = "kvorum.";

  @Test
  void theVariablesOfAMemberAreFlagsThatWork() throws Exception {
    Set<String> working =
        Flags.all().stream()
            .filter(flag -> flag.status() == Flag.Status.WORKS)
            .map(flag -> PREFIX + flag.name())
            .collect(Collectors.toSet());
    LibertyPage page = LibertyPage.read();
    assertThat(LibertyPage.variables(page.server()).keySet()).isNotEmpty().isSubsetOf(working);
    assertThat(LibertyPage.variables(page.cluster()).keySet()).isNotEmpty().isSubsetOf(working);
  }

  @Test
  void theMemberIsTheOneThatThePageDescribes() throws Exception {
    MemberConfig member = configured(LibertyPage.read().server());
    assertThat(member.name()).isEqualTo("m1");
    assertThat(member.dataDirectory()).isEqualTo(Path.of("/var/lib/kvorum"));
    assertThat(member.listeners().client())
        .containsExactly(new MemberUrl("http", "127.0.0.1", 2379));
  }

  @Test
  void theMemberOfAClusterFindsItselfAmongItsMembers() throws Exception {
    MemberConfig member = configured(LibertyPage.read().cluster());
    assertThat(member.listeners().advertisedClient())
        .containsExactly(new MemberUrl("http", "10.0.0.1", 2379));
    assertThat(member.peers().listen()).isEqualTo(member.peers().advertised());
    member
        .peers()
        .initialCluster()
        .verify(member.name(), member.peers().advertised(), UrlComparison.byResolver());
  }

  private static MemberConfig configured(String block) {
    Map<String, String> variables = LibertyPage.variables(block);
    return MemberConfig.fromProperties(variables::get);
  }
}
