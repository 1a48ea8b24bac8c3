package io.kvorum.consensus.hazelcast;

import com.hazelcast.cp.internal.raft.MembershipChangeMode;
import com.hazelcast.cp.internal.raft.impl.RaftEndpoint;
import com.hazelcast.cp.internal.raft.impl.command.UpdateRaftGroupMembersCmd;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * One voter comes to the group, or leaves it.
 *
 * @param member the voter
 * @param voters all voters after the change, in ascending order
 */
record GroupChange(MemberEndpoint member, boolean isAddition, List<MemberEndpoint> voters) {
  GroupChange {
    voters = sorted(voters);
  }

  static GroupChange of(UpdateRaftGroupMembersCmd command) {
    return new GroupChange(
        (MemberEndpoint) command.getMember(),
        command.getMode() == MembershipChangeMode.ADD,
        endpoints(command.getMembers()));
  }

  UpdateRaftGroupMembersCmd toCommand() {
    return new UpdateRaftGroupMembersCmd(
        new LinkedHashSet<RaftEndpoint>(voters),
        member,
        isAddition ? MembershipChangeMode.ADD : MembershipChangeMode.REMOVE);
  }

  Set<MemberEndpoint> voterSet() {
    return new LinkedHashSet<>(voters);
  }

  static List<MemberEndpoint> endpoints(Collection<RaftEndpoint> members) {
    return members.stream().map(MemberEndpoint.class::cast).toList();
  }

  static List<MemberEndpoint> sorted(Collection<MemberEndpoint> members) {
    return members.stream()
        .sorted((a, b) -> Long.compareUnsigned(a.id(), b.id()))
        .distinct()
        .toList();
  }
}
