package io.kvorum.apply;

import io.kvorum.membership.MemberTable;
import io.kvorum.model.Bytes;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.Command;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Applies the commands about members to the table, after the checks on which every member must
 * agree. What is refused has changed nothing; what is not gives the members after it. Confined to
 * the engine thread.
 */
final class MemberChanges {
  private final MemberTable table;
  private final BiConsumer<String, @Nullable Bytes> facts;

  /**
   * @param facts takes each fact that becomes durable with the current entry
   */
  MemberChanges(MemberTable table, BiConsumer<String, @Nullable Bytes> facts) {
    this.table = table;
    this.facts = facts;
  }

  void restore(Map<String, Bytes> recovered) {
    table.restore(recovered);
  }

  void foundIfNew(Collection<ClusterMember> founders) {
    if (table.isEmpty()) {
      table.found(founders);
      table.members().forEach(this::remember);
    }
  }

  /** As in etcd, who was removed is not found, not even to be added again. */
  List<ClusterMember> add(Command.MemberAdd add) {
    ClusterMember member = add.member();
    if (table.wasRemoved(member.id())) {
      throw new RequestException(ErrorCode.MEMBER_NOT_FOUND);
    }
    if (table.find(member.id()) != null) {
      throw new RequestException(ErrorCode.MEMBER_EXISTS);
    }
    refuseTakenUrls(member.id(), member.peerUrls());
    if (member.isLearner() && table.learners().size() >= add.maxLearners()) {
      throw new RequestException(ErrorCode.TOO_MANY_LEARNERS);
    }
    return put(member);
  }

  /** Without a voter nothing could be decided any more, not even to add one. */
  List<ClusterMember> remove(Command.MemberRemove remove) {
    ClusterMember member = existing(remove.memberId());
    if (!member.isLearner() && table.voters().size() == 1) {
      throw new RequestException(ErrorCode.MEMBER_NOT_ENOUGH_STARTED);
    }
    table.remove(member.id());
    rememberRemoved(member.id());
    return table.members();
  }

  List<ClusterMember> promote(Command.MemberPromote promote) {
    ClusterMember member = existing(promote.memberId());
    if (!member.isLearner()) {
      throw new RequestException(ErrorCode.MEMBER_NOT_LEARNER);
    }
    return put(
        new ClusterMember(
            member.id(), member.name(), member.peerUrls(), member.clientUrls(), false));
  }

  List<ClusterMember> update(Command.MemberUpdate update) {
    ClusterMember member = existing(update.memberId());
    refuseTakenUrls(member.id(), update.peerUrls());
    return put(
        new ClusterMember(
            member.id(),
            member.name(),
            update.peerUrls(),
            member.clientUrls(),
            member.isLearner()));
  }

  List<ClusterMember> setAttributes(Command.MemberAttributes attributes) {
    ClusterMember member = existing(attributes.memberId());
    return put(
        new ClusterMember(
            member.id(),
            attributes.name(),
            member.peerUrls(),
            attributes.clientUrls(),
            member.isLearner()));
  }

  /** Never refused: whatever the log says before, there must be a way to go on after it. */
  List<ClusterMember> leaveAlone(Command.MemberReset alone) {
    ClusterMember sole = alone.member();
    for (ClusterMember other : table.members()) {
      if (other.id() != sole.id()) {
        rememberRemoved(other.id());
      }
    }
    if (table.wasRemoved(sole.id())) {
      facts.accept(MemberTable.removedFactName(sole.id()), null);
    }
    table.leaveAlone(sole);
    remember(sole);
    return table.members();
  }

  private ClusterMember existing(long id) {
    ClusterMember member = table.find(id);
    if (member == null) {
      throw new RequestException(ErrorCode.MEMBER_NOT_FOUND);
    }
    return member;
  }

  private void refuseTakenUrls(long id, List<String> peerUrls) {
    for (ClusterMember other : table.members()) {
      if (other.id() != id && other.peerUrls().stream().anyMatch(peerUrls::contains)) {
        throw new RequestException(ErrorCode.PEER_URL_EXISTS);
      }
    }
  }

  private List<ClusterMember> put(ClusterMember member) {
    table.put(member);
    remember(member);
    return table.members();
  }

  private void rememberRemoved(long id) {
    facts.accept(MemberTable.factName(id), null);
    facts.accept(MemberTable.removedFactName(id), Bytes.EMPTY);
  }

  private void remember(ClusterMember member) {
    facts.accept(MemberTable.factName(member.id()), MemberTable.factValue(member));
  }
}
