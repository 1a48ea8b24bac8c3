package io.kvorum.ops;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.membership.EditableMembers;
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

class ClusterLogTest {
  private final Logger logger = Logger.getLogger(ClusterLog.class.getName());
  private final Lines lines = new Lines();
  private final EditableMembers table = new EditableMembers();
  private final ClusterLog log = new ClusterLog(0xa1, table.view());

  /** What was logged at INFO since the last look. */
  private static final class Lines extends Handler {
    private final List<String> texts = new ArrayList<>();

    @Override
    public void publish(LogRecord line) {
      assertThat(line.getLevel()).isEqualTo(Level.INFO);
      texts.add(line.getMessage());
    }

    List<String> taken() {
      List<String> taken = List.copyOf(texts);
      texts.clear();
      return taken;
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  @BeforeEach
  void listen() {
    logger.addHandler(lines);
  }

  @AfterEach
  void leave() {
    logger.removeHandler(lines);
  }

  private static ClusterMember member(long id, String name, boolean isLearner) {
    return new ClusterMember(
        id, name, List.of("http://10.0.0." + (id - 0xa0) + ":2380"), List.of(), isLearner);
  }

  private void found() {
    table.found(List.of(member(0xa1, "m1", false), member(0xa2, "m2", false)));
    log.start();
    lines.taken();
  }

  @Test
  void theMembersAreNamedOnceAtTheStart() {
    table.found(
        List.of(member(0xa1, "m1", false), member(0xa2, "", false), member(0xa3, "m3", true)));
    assertThat(lines.taken()).isEmpty();
    log.start();
    assertThat(lines.taken()).containsExactly("cluster members: m1 (a1); a2; m3 (a3), a learner");
  }

  @Test
  void aMemberIsFollowedFromItsAdditionToItsRemoval() {
    found();
    table.put(member(0xa4, "", true));
    table.put(member(0xa4, "m4", true));
    table.put(member(0xa4, "m4", false));
    table.put(new ClusterMember(0xa4, "m4", List.of("http://10.0.1.4:2380"), List.of(), false));
    table.remove(0xa4);
    assertThat(lines.taken())
        .containsExactly(
            "member a4 was added as a learner, peer URLs [http://10.0.0.4:2380]",
            "member m4 (a4) published client URLs []",
            "member m4 (a4) was promoted from learner to voter",
            "member m4 (a4) changed peer URLs from [http://10.0.0.4:2380] to"
                + " [http://10.0.1.4:2380]",
            "member m4 (a4) was removed");
  }

  @Test
  void aVoterIsAddedAsOne() {
    found();
    table.put(member(0xa3, "", false));
    assertThat(lines.taken())
        .containsExactly("member a3 was added as a voter, peer URLs [http://10.0.0.3:2380]");
  }

  @Test
  void unchangedMembersAreNotLogged() {
    found();
    table.put(member(0xa2, "m2", false));
    assertThat(lines.taken()).isEmpty();
  }

  @Test
  void leadersAndTheirLossAreLogged() {
    found();
    log.leaderChanged(0, 1);
    assertThat(lines.taken()).as("there was none before").isEmpty();
    log.leaderChanged(0xa2, 2);
    log.leaderChanged(0, 3);
    log.leaderChanged(0xa1, 1234);
    log.leaderChanged(0xb0, 1235);
    assertThat(lines.taken())
        .containsExactly(
            "following leader m2 (a2) in term 2",
            "lost leader m2 (a2) in term 3",
            "this member, m1 (a1), is the leader in term 1234",
            "following leader b0 in term 1235");
  }
}
