package io.kvorum.sim;

import io.kvorum.model.ClusterMember;
import io.kvorum.model.Command;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Models what the table of members should be, as plainly as possible. */
public final class MembersModel {
  static final ClusterMember FOUNDER =
      new ClusterMember(
          SimulatedMember.ID,
          "founder",
          List.of("http://10.0.0.1:1"),
          List.of("http://10.0.0.1:2379"),
          false);

  private final List<ClusterMember> members;
  private final Set<Long> removed = new HashSet<>();

  MembersModel(List<ClusterMember> founders) {
    this.members = new ArrayList<>(founders);
  }

  List<ClusterMember> add(Command.MemberAdd add) {
    ClusterMember member = add.member();
    refuseIf(removed.contains(member.id()), ErrorCode.MEMBER_NOT_FOUND);
    refuseIf(members.stream().anyMatch(m -> m.id() == member.id()), ErrorCode.MEMBER_EXISTS);
    refuseIf(isTaken(member.id(), member.peerUrls()), ErrorCode.PEER_URL_EXISTS);
    long learners = members.stream().filter(ClusterMember::isLearner).count();
    refuseIf(member.isLearner() && learners + 1 > add.maxLearners(), ErrorCode.TOO_MANY_LEARNERS);
    members.add(member);
    return all();
  }

  List<ClusterMember> remove(Command.MemberRemove remove) {
    ClusterMember member = find(remove.memberId());
    boolean isLastVoter =
        members.stream().filter(m -> !m.isLearner()).toList().equals(List.of(member));
    refuseIf(isLastVoter, ErrorCode.MEMBER_NOT_ENOUGH_STARTED);
    members.remove(member);
    removed.add(member.id());
    return all();
  }

  List<ClusterMember> promote(Command.MemberPromote promote) {
    ClusterMember m = find(promote.memberId());
    refuseIf(!m.isLearner(), ErrorCode.MEMBER_NOT_LEARNER);
    return replace(m, new ClusterMember(m.id(), m.name(), m.peerUrls(), m.clientUrls(), false));
  }

  List<ClusterMember> update(Command.MemberUpdate update) {
    ClusterMember m = find(update.memberId());
    refuseIf(isTaken(m.id(), update.peerUrls()), ErrorCode.PEER_URL_EXISTS);
    return replace(
        m, new ClusterMember(m.id(), m.name(), update.peerUrls(), m.clientUrls(), m.isLearner()));
  }

  List<ClusterMember> setAttributes(Command.MemberAttributes set) {
    ClusterMember m = find(set.memberId());
    return replace(
        m, new ClusterMember(m.id(), set.name(), m.peerUrls(), set.clientUrls(), m.isLearner()));
  }

  List<ClusterMember> leaveAlone(Command.MemberReset alone) {
    members.forEach(member -> removed.add(member.id()));
    members.clear();
    members.add(alone.member());
    removed.remove(alone.memberId());
    return all();
  }

  /** Sorted by their unsigned ids. */
  List<ClusterMember> all() {
    return members.stream().sorted((a, b) -> Long.compareUnsigned(a.id(), b.id())).toList();
  }

  Set<Long> removed() {
    return removed;
  }

  Set<Long> voters() {
    return ids(false);
  }

  Set<Long> learners() {
    return ids(true);
  }

  private Set<Long> ids(boolean areLearners) {
    Set<Long> ids = new TreeSet<>();
    members.stream().filter(m -> m.isLearner() == areLearners).forEach(m -> ids.add(m.id()));
    return ids;
  }

  private List<ClusterMember> replace(ClusterMember before, ClusterMember after) {
    members.set(members.indexOf(before), after);
    return all();
  }

  private ClusterMember find(long id) {
    return members.stream()
        .filter(m -> m.id() == id)
        .findAny()
        .orElseThrow(() -> new RequestException(ErrorCode.MEMBER_NOT_FOUND));
  }

  private boolean isTaken(long id, List<String> urls) {
    return members.stream()
        .filter(m -> m.id() != id)
        .flatMap(m -> m.peerUrls().stream())
        .anyMatch(urls::contains);
  }

  private static void refuseIf(boolean condition, ErrorCode code) {
    if (condition) {
      throw new RequestException(code);
    }
  }
}
