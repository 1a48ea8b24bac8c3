package io.kvorum.boot.restore;

import io.kvorum.apply.InitialFacts;
import io.kvorum.backup.SnapshotState;
import io.kvorum.boot.IdentityFile;
import io.kvorum.boot.config.ConfigurationException;
import io.kvorum.boot.config.InitialCluster;
import io.kvorum.boot.config.UrlComparison;
import io.kvorum.consensus.hazelcast.InitialLog;
import io.kvorum.derby.DerbyWal;
import io.kvorum.model.Bytes;
import io.kvorum.model.ClusterMember;
import io.kvorum.model.MemberUrl;
import io.kvorum.sealing.Sealing;
import io.kvorum.service.Identity;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One of the members that found a cluster together, and all of them: their ids are derived as at a
 * first start, the same on each. Immutable.
 *
 * <p>Held by: RestoreTest.
 *
 * @param members in the order of their ids
 */
record Founder(Identity identity, List<ClusterMember> members) {
  /** Of the entry that the store contains, as if it had come as a snapshot. */
  static final long INDEX = 1;

  static final int TERM = 1;

  Founder {
    members = List.copyOf(members);
  }

  /**
   * @param comparison decides whether two URLs lead to the same place
   * @throws RestoreException if the member is not one of the founders
   */
  static Founder of(RestoreSettings.NewMember member, UrlComparison comparison)
      throws RestoreException {
    InitialCluster cluster = cluster(member);
    List<MemberUrl> advertised = advertised(member);
    if (cluster.urlsOf(member.name()).isEmpty()) {
      throw new RestoreException(
          "couldn't find local name \""
              + member.name()
              + "\" in the initial cluster configuration");
    }
    try {
      cluster.verify(member.name(), advertised, comparison);
      Map<String, List<String>> texts = new LinkedHashMap<>();
      cluster.members().forEach((name, urls) -> texts.put(name, MemberUrl.texts(urls)));
      return new Founder(
          Identity.ofCluster(texts, member.token(), member.name()),
          Identity.initialMembers(texts, member.token()));
    } catch (ConfigurationException refused) {
      throw new RestoreException(
          refused.getMessage() + difference(advertised, cluster.urlsOf(member.name())), refused);
    } catch (IllegalArgumentException twins) {
      throw new RestoreException("--initial-cluster: " + twins.getMessage(), twins);
    }
  }

  /** The facts with which the store begins. */
  Map<String, Bytes> facts(SnapshotState state, Collection<SnapshotState.GrantedLease> leases) {
    InitialFacts facts = new InitialFacts();
    facts.members(members);
    facts.voters(InitialLog.group(ids()));
    leases.forEach(lease -> facts.lease(lease.id(), lease.ttlSeconds()));
    state.alarms().forEach(facts::alarm);
    state.kept().forEach(facts::other);
    return facts.facts();
  }

  /** Writes what a member has beside its store: the log, and its identity. */
  void writeBesideStore(RestorePlace place, Sealing sealing) throws IOException {
    try (DerbyWal log = new DerbyWal(place.wal(), sealing)) {
      InitialLog.create(log, identity.memberId(), ids(), INDEX, TERM);
    }
    new IdentityFile(place.member()).save(identity, IdentityFile.Stage.MEMBER);
  }

  List<Long> ids() {
    return members.stream().map(ClusterMember::id).toList();
  }

  private static InitialCluster cluster(RestoreSettings.NewMember member) throws RestoreException {
    try {
      return InitialCluster.parse(member.initialCluster());
    } catch (IllegalArgumentException malformed) {
      throw new RestoreException("--initial-cluster: " + malformed.getMessage(), malformed);
    }
  }

  private static List<MemberUrl> advertised(RestoreSettings.NewMember member)
      throws RestoreException {
    List<MemberUrl> urls = new ArrayList<>();
    try {
      for (String text : member.advertisedPeerUrls().split(",", -1)) {
        urls.add(MemberUrl.parse(text.strip()));
      }
    } catch (IllegalArgumentException malformed) {
      throw new RestoreException(
          "--initial-advertise-peer-urls: " + malformed.getMessage(), malformed);
    }
    return urls.stream().sorted(MemberUrl.ORDER).toList();
  }

  /** What etcd's message has at its end: the first pair of URLs that differ. */
  private static String difference(List<MemberUrl> advertised, List<MemberUrl> own) {
    for (int i = 0; i < Math.min(advertised.size(), own.size()); i++) {
      if (!advertised.get(i).equals(own.get(i))) {
        return " (resolved urls: \"" + advertised.get(i) + "\" != \"" + own.get(i) + "\")";
      }
    }
    return "";
  }
}
