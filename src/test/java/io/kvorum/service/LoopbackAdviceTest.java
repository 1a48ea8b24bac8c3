package io.kvorum.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.model.ClusterMember;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LoopbackAdviceTest {
  private static final ClusterMember README = member(0xa1, "default", "http://localhost:2380");
  private static final ClusterMember REMOTE = member(0xa2, "m2", "http://10.0.0.2:2380");

  private final Logger logger = Logger.getLogger(LoopbackAdvice.class.getName());
  private final List<String> warnings = new ArrayList<>();
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord line) {
          assertThat(line.getLevel()).isEqualTo(Level.WARNING);
          warnings.add(line.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  @BeforeEach
  void listen() {
    logger.addHandler(handler);
  }

  @AfterEach
  void leave() {
    logger.removeHandler(handler);
  }

  private static ClusterMember member(long id, String name, String... peerUrls) {
    return new ClusterMember(id, name, List.of(peerUrls), List.of(), false);
  }

  @Test
  void aServerStartedWithoutFlagsIsToldWhatItsFirstCompanyNeeds() {
    LoopbackAdvice.give(member(0xa2, "", "http://10.0.0.2:2380"), List.of(README, REMOTE));
    assertThat(warnings)
        .singleElement()
        .asString()
        .startsWith("member default (a1) advertises [http://localhost:2380], which the new member")
        .contains("etcdctl member update a1 --peer-urls=http://");
  }

  @Test
  void theAdviceKeepsTheSchemeOfTheMember() {
    ClusterMember secured = member(0xa1, "m1", "https://localhost:2380");
    LoopbackAdvice.give(member(0xa2, "", "https://10.0.0.2:2380"), List.of(secured, REMOTE));
    assertThat(warnings)
        .singleElement()
        .asString()
        .contains("etcdctl member update a1 --peer-urls=https://");
  }

  @Test
  void aMemberOnLocalhostIsNoneForTheOthers() {
    ClusterMember added = member(0xa3, "", "http://127.0.0.1:2380");
    LoopbackAdvice.give(added, List.of(REMOTE, added));
    assertThat(warnings)
        .singleElement()
        .asString()
        .startsWith("the new member a3 advertises [http://127.0.0.1:2380], which members on other");
  }

  @Test
  void aClusterOnOneMachineIsAsItShouldBe() {
    ClusterMember added = member(0xa3, "", "http://[::1]:22380");
    LoopbackAdvice.give(added, List.of(README, added));
    assertThat(warnings).isEmpty();
  }

  @Test
  void oneUrlThatOthersReachSuffices() {
    ClusterMember both = member(0xa1, "m1", "http://localhost:2380", "http://10.0.0.1:2380");
    LoopbackAdvice.give(REMOTE, List.of(both, REMOTE));
    assertThat(warnings).isEmpty();
  }
}
