package io.kvorum.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.auth.AuthListener;
import io.kvorum.membership.MemberView;
import io.kvorum.model.Alarm;
import io.kvorum.model.Bytes;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.Command;
import io.kvorum.model.Command.MemberAdd;
import io.kvorum.model.Command.MemberAttributes;
import io.kvorum.model.Command.MemberPromote;
import io.kvorum.model.Command.MemberRemove;
import io.kvorum.model.Command.MemberReset;
import io.kvorum.model.Command.MemberUpdate;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.Result;
import io.kvorum.mvcc.MvccStore;
import io.kvorum.mvcc.StoreSettings;
import io.kvorum.mvcc.history.InMemoryHistory;
import io.kvorum.mvcc.history.RevisionHistory;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MemberChangesTest {
  private static final StoreSettings SETTINGS = new StoreSettings(1 << 20, 1 << 20, 1 << 20);
  private static final ClusterMember FOUNDER =
      new ClusterMember(1, "m1", List.of("http://m1:2380"), List.of("http://m1:2379"), false);

  private static final Bytes FOUNDER_FACT =
      Bytes.utf8(
          """
          v1
          name=m1
          learner=false
          peer=http://m1:2380
          client=http://m1:2379
          """);

  private InMemoryHistory history = new InMemoryHistory();
  private MvccStore store;
  private MemberView members;
  private Applier applier;
  private long index;

  @BeforeEach
  void open() throws IOException {
    store =
        new MvccStore(
            history,
            SETTINGS,
            failure -> {
              throw new AssertionError(failure);
            });
    applier = new Applier(store, (revision, all) -> {}, AuthListener.NONE);
    members = applier.view().members();
    MvccStore.Opened opened = store.open();
    applier.open(opened);
    applier.foundIfNew(List.of(FOUNDER));
    index = opened.recovered().appliedIndex();
  }

  @AfterEach
  void close() throws IOException {
    store.close();
  }

  @Test
  void anAddedMemberIsInTheResultAndMakesNoRevision() {
    assertThat(apply(add(2))).isEqualTo(new Result.Members(1, List.of(FOUNDER, unstarted(2))));
    assertThat(members.voters()).containsExactlyInAnyOrder(1L, 2L);
    assertThat(store.revision()).isEqualTo(1);
  }

  @Test
  void anIdIsTakenOnceAndNeverAgainAfterItsRemoval() {
    apply(add(2));
    rejected(ErrorCode.MEMBER_EXISTS, add(2));
    apply(new MemberRemove(2));
    rejected(ErrorCode.MEMBER_NOT_FOUND, add(2));
    rejected(ErrorCode.MEMBER_NOT_FOUND, new MemberRemove(2));
  }

  @Test
  void aPeerUrlBelongsToOneMember() {
    ClusterMember twin =
        new ClusterMember(2, "", List.of("http://m2:2380", "http://m1:2380"), List.of(), false);
    rejected(ErrorCode.PEER_URL_EXISTS, new MemberAdd(twin, 1));
    apply(add(2));
    rejected(ErrorCode.PEER_URL_EXISTS, new MemberUpdate(2, List.of("http://m1:2380")));
    assertThat(apply(new MemberUpdate(2, List.of("http://m2:2380", "http://other:1"))))
        .as("its own URLs are no obstacle")
        .isInstanceOf(Result.Members.class);
    assertThat(members.find(2).peerUrls()).containsExactly("http://m2:2380", "http://other:1");
  }

  @Test
  void thereAreAsManyLearnersAsTheCommandAllows() {
    apply(addLearner(2, 1));
    rejected(ErrorCode.TOO_MANY_LEARNERS, addLearner(3, 1));
    assertThat(apply(addLearner(3, 2))).isInstanceOf(Result.Members.class);
    assertThat(members.learners()).containsExactlyInAnyOrder(2L, 3L);
    assertThat(apply(add(4))).as("a voter is no learner").isInstanceOf(Result.Members.class);
  }

  @Test
  void aLearnerIsPromotedOnceAndStaysWhoItIs() {
    apply(addLearner(2, 1), new MemberAttributes(2, "two", List.of("http://m2:2379")));
    apply(new MemberPromote(2));
    assertThat(members.find(2))
        .isEqualTo(
            new ClusterMember(
                2, "two", List.of("http://m2:2380"), List.of("http://m2:2379"), false));
    rejected(ErrorCode.MEMBER_NOT_LEARNER, new MemberPromote(2));
    rejected(ErrorCode.MEMBER_NOT_LEARNER, new MemberPromote(1));
  }

  @Test
  void nothingCanBeDoneToAMemberThatDoesNotExist() {
    rejected(ErrorCode.MEMBER_NOT_FOUND, new MemberRemove(9));
    rejected(ErrorCode.MEMBER_NOT_FOUND, new MemberPromote(9));
    rejected(ErrorCode.MEMBER_NOT_FOUND, new MemberUpdate(9, List.of("http://m9:2380")));
    rejected(ErrorCode.MEMBER_NOT_FOUND, new MemberAttributes(9, "nine", List.of()));
  }

  @Test
  void theLastVoterCannotBeRemovedWhoeverElseFollows() {
    apply(addLearner(2, 1));
    rejected(ErrorCode.MEMBER_NOT_ENOUGH_STARTED, new MemberRemove(1));
    apply(new MemberPromote(2));
    assertThat(apply(new MemberRemove(1))).isInstanceOf(Result.Members.class);
    rejected(ErrorCode.MEMBER_NOT_ENOUGH_STARTED, new MemberRemove(2));
  }

  @Test
  void aMemberThatWasRemovedCanBeLeftAloneAndStaysAMemberAfterARestart() throws IOException {
    apply(add(2), addLearner(3, 1));
    apply(new MemberRemove(1));
    apply(new Command.AlarmActivate(new Alarm(2, Alarm.Kind.CORRUPT)));
    assertThat(apply(new MemberReset(FOUNDER))).isEqualTo(new Result.Members(1, List.of(FOUNDER)));
    assertThat(members.voters()).containsExactly(1L);
    restart();
    assertThat(members.members()).containsExactly(FOUNDER);
    assertThat(members.wasRemoved(1)).isFalse();
    rejected(ErrorCode.MEMBER_NOT_FOUND, add(2));
    rejected(ErrorCode.MEMBER_NOT_FOUND, addLearner(3, 1));
  }

  @Test
  void aMemberCanBeChangedWhileTheClusterIsCorrupt() {
    apply(new Command.AlarmActivate(new Alarm(1, Alarm.Kind.CORRUPT)));
    apply(add(2));
    assertThat(apply(new MemberRemove(2))).isInstanceOf(Result.Members.class);
  }

  @Test
  void membersAndTheRemovedOnesSurviveARestart() throws IOException {
    apply(add(2), addLearner(3, 1), add(4));
    apply(new MemberRemove(4), new MemberAttributes(2, "two", List.of("http://m2:2379")));
    apply(new MemberPromote(3));
    List<ClusterMember> before = members.members();
    restart();
    assertThat(members.members()).isEqualTo(before);
    assertThat(members.wasRemoved(4)).isTrue();
    rejected(ErrorCode.MEMBER_NOT_FOUND, add(4));
  }

  @Test
  void foundersBecomeDurableWithTheFirstEntryWhateverItIs() throws IOException {
    apply(Command.Put.of(Bytes.utf8("a"), Bytes.utf8("1")));
    restart();
    assertThat(store.revision()).isEqualTo(2);
    applier.foundIfNew(List.of(unstarted(8)));
    assertThat(members.members()).containsExactly(FOUNDER);
  }

  @Test
  void foundersBecomeDurableWithAChangeOfTheGroup() throws IOException {
    applier.applyGroup(++index, 1, new byte[] {1});
    history = reopened();
    assertThat(history.open().facts()).containsEntry("member/0000000000000001", FOUNDER_FACT);
  }

  @Test
  void withoutAnEntryNothingIsWrittenOfTheFounders() throws IOException {
    history = reopened();
    assertThat(history.open().facts()).isEmpty();
  }

  @Test
  void anOldHistoryWithoutMembersGetsItsFounderWithTheNextEntry() throws IOException {
    store.close();
    history = new InMemoryHistory();
    history.open();
    history.append(
        new RevisionHistory.Batch(5, 2, List.of(), Map.of("lease/01", Bytes.wrap(new byte[16]))));
    history = history.reopen();
    open();
    assertThat(members.members()).containsExactly(FOUNDER);
    apply(Command.Put.of(Bytes.utf8("a"), Bytes.utf8("1")));
    history = reopened();
    assertThat(history.open().facts())
        .containsKey("lease/01")
        .containsEntry("member/0000000000000001", FOUNDER_FACT);
  }

  @Test
  void aStateThatIsTakenOverInsteadOfTheFoundersIsNotMixedWithThem() throws IOException {
    InMemoryHistory other = new InMemoryHistory();
    other.open();
    ClusterMember stranger = unstarted(5);
    Bytes fact = Bytes.utf8("v1\nname=\nlearner=false\npeer=http://m5:2380\n");
    other.append(
        new RevisionHistory.Batch(3, 1, List.of(), Map.of("member/0000000000000005", fact)));
    try (MvccStore source = new MvccStore(other.reopen(), SETTINGS, failure -> {})) {
      applier.restore(source.open().recovered());
    }
    assertThat(members.members()).containsExactly(stranger);
    apply(add(6));
    history = reopened();
    assertThat(history.open().facts())
        .containsKey("member/0000000000000006")
        .doesNotContainKey("member/0000000000000001");
  }

  private InMemoryHistory reopened() throws IOException {
    store.close();
    return history.reopen();
  }

  private void restart() throws IOException {
    history = reopened();
    open();
  }

  private Result apply(Command... commands) {
    List<Result> results = applier.apply(++index, 1, List.of(commands));
    assertThat(results).hasSameSizeAs(commands);
    return results.get(results.size() - 1);
  }

  /** Refused, and nothing is different from before. */
  private void rejected(ErrorCode code, Command command) {
    List<ClusterMember> before = members.members();
    assertThat(apply(command)).isEqualTo(new Result.Rejected(store.revision(), code));
    assertThat(members.members()).isEqualTo(before);
  }

  private static ClusterMember unstarted(long id) {
    return new ClusterMember(id, "", List.of("http://m" + id + ":2380"), List.of(), false);
  }

  private static MemberAdd add(long id) {
    return new MemberAdd(unstarted(id), 1);
  }

  private static MemberAdd addLearner(long id, int maxLearners) {
    return new MemberAdd(
        new ClusterMember(id, "", List.of("http://m" + id + ":2380"), List.of(), true),
        maxLearners);
  }
}
