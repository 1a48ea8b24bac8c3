package io.kvorum.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.model.Bytes;
import io.kvorum.model.ClusterMember;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MemberTableTest {
  private final EditableMembers members = new EditableMembers();
  private final MemberView table = members.view();

  @Test
  void membersAreOrderedByTheirIdsAsUnsignedNumbers() {
    members.found(List.of(member(-1, false), member(3, true), member(2, false)));
    assertThat(table.members()).extracting(ClusterMember::id).containsExactly(2L, 3L, -1L);
  }

  @Test
  void votersAndLearnersAreToldApart() {
    members.found(List.of(member(1, false), member(2, true)));
    assertThat(table.voters()).containsExactly(1L);
    assertThat(table.learners()).containsExactly(2L);
    assertThat(table.isLearner(2)).isTrue();
    assertThat(table.isLearner(1)).isFalse();
    assertThat(table.isLearner(9)).isFalse();
    assertThat(table.find(2)).isEqualTo(member(2, true));
    assertThat(table.find(9)).isNull();
  }

  @Test
  void eachChangeHasAVersionOfItsOwnAndIsVisibleToListeners() {
    List<String> heard = new ArrayList<>();
    table.onChange(() -> heard.add("first " + table.members().size()));
    table.onChange(() -> heard.add("second " + table.members().size()));
    long empty = table.version();
    members.found(List.of(member(1, false)));
    long founded = table.version();
    members.put(member(2, true));
    long added = table.version();
    members.remove(2);
    assertThat(List.of(empty, founded, added, table.version())).doesNotHaveDuplicates();
    assertThat(heard)
        .containsExactly("first 1", "second 1", "first 2", "second 2", "first 1", "second 1");
  }

  @Test
  void membersAreNamedByNameAndIdAlsoWhenTheyHaveGone() {
    members.found(List.of(new ClusterMember(0xa1, "m1", List.of(), List.of(), false)));
    members.put(new ClusterMember(0xa2, "", List.of(), List.of(), false));
    assertThat(table.nameOf(0xa1)).isEqualTo("m1 (a1)");
    assertThat(table.nameOf(0xa2)).as("it has not started yet").isEqualTo("a2");
    members.put(new ClusterMember(0xa2, "m2", List.of(), List.of(), false));
    assertThat(table.nameOf(0xa2)).isEqualTo("m2 (a2)");
    members.remove(0xa2);
    assertThat(table.nameOf(0xa2)).isEqualTo("m2 (a2)");
    assertThat(table.nameOf(-1)).as("never heard of").isEqualTo("ffffffffffffffff");
  }

  @Test
  void aResetLeavesTheSurvivorAloneEvenIfItHadBeenRemoved() {
    members.found(List.of(member(1, false), member(2, false), member(3, true)));
    members.remove(1);
    members.reset(member(1, false));
    assertThat(table.members()).containsExactly(member(1, false));
    assertThat(table.wasRemoved(1)).isFalse();
    assertThat(table.wasRemoved(2)).isTrue();
    assertThat(table.wasRemoved(3)).isTrue();
  }

  @Test
  void aRemovedMemberIsRemembered() {
    members.found(List.of(member(1, false), member(2, true)));
    assertThat(table.wasRemoved(2)).isFalse();
    members.remove(2);
    assertThat(table.wasRemoved(2)).isTrue();
    assertThat(table.find(2)).isNull();
  }

  @Test
  void aClusterIsFoundedOnce() {
    members.found(List.of(member(1, false)));
    members.found(List.of(member(2, false)));
    assertThat(table.members()).containsExactly(member(1, false));
  }

  @Test
  void eachChangeIsWrittenAsAFact() {
    members.found(List.of(member(1, false), member(2, true)));
    assertThat(members.facts())
        .containsOnlyKeys("member/0000000000000001", "member/0000000000000002");
    members.remove(2);
    assertThat(members.facts())
        .containsOnlyKeys("member/0000000000000001", "member-removed/0000000000000002");
    members.reset(member(2, false));
    assertThat(members.facts())
        .containsOnlyKeys("member-removed/0000000000000001", "member/0000000000000002");
  }

  @Test
  void restoringForgetsWhatWasThereBefore() {
    members.found(List.of(member(1, false), member(2, true)));
    members.remove(2);
    members.restore(
        Map.of(
            MemberFact.name(-5),
            MemberFact.encode(member(-5, true)),
            MemberFact.removedName(7),
            Bytes.EMPTY,
            "lease/0000000000000001",
            Bytes.utf8("something else")));
    assertThat(table.members()).containsExactly(member(-5, true));
    assertThat(table.wasRemoved(7)).isTrue();
    assertThat(table.wasRemoved(2)).isFalse();
    members.restore(Map.of());
    assertThat(table.members()).isEmpty();
    assertThat(table.wasRemoved(7)).isFalse();
  }

  @Test
  void aFactIsReadableAndItsFormStaysAsItIs() {
    ClusterMember member =
        new ClusterMember(
            0xabcL, "m0", List.of("http://a:1", "http://b:2"), List.of("http://c:3"), true);
    assertThat(MemberFact.name(0xabcL)).isEqualTo("member/0000000000000abc");
    assertThat(MemberFact.removedName(-1)).isEqualTo("member-removed/ffffffffffffffff");
    assertThat(MemberFact.encode(member).toUtf8())
        .isEqualTo(
            """
            v1
            name=m0
            learner=true
            peer=http://a:1
            peer=http://b:2
            client=http://c:3
            """);
  }

  @Test
  void anyMemberComesBackFromItsFactAsItWas() {
    Map<String, ClusterMember> byFact = new HashMap<>();
    for (String name :
        List.of("", "m0", "a=b", "two\nlines", "back\\slash\\n", "Zürich\u20ac", "\\")) {
      ClusterMember member =
          new ClusterMember(name.hashCode(), name, List.of(name, "p"), List.of(), name.isEmpty());
      byFact.put(MemberFact.name(member.id()), member);
    }
    byFact.forEach(
        (name, member) ->
            assertThat(MemberFact.decode(name, MemberFact.encode(member))).isEqualTo(member));
  }

  @Test
  void factsOfOtherKindsAreNoMembersAndUnknownFormsAreRefused() {
    assertThat(MemberFact.isMember("lease/0000000000000001")).isFalse();
    assertThat(MemberFact.isMember(MemberFact.removedName(1))).isFalse();
    for (String form : List.of("", "v2\n", "v1\nage=3\n", "v1\nnothing\n")) {
      assertThatThrownBy(() -> MemberFact.decode(MemberFact.name(0xab), Bytes.utf8(form)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("member ab");
    }
  }

  private static ClusterMember member(long id, boolean isLearner) {
    return new ClusterMember(id, "m" + id, List.of("http://peer:" + id), List.of(), isLearner);
  }
}
