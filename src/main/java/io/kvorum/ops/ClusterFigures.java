package io.kvorum.ops;

import io.kvorum.audit.AuditStats;
import io.kvorum.model.ClusterMember;
import io.kvorum.peer.PeerStats;
import io.kvorum.service.BackupStats;
import io.kvorum.service.PromotionStats;
import java.util.List;
import java.util.Optional;

/** Supplies a member's figures about the cluster. Thread-safe; does not block. */
public interface ClusterFigures {

  /** All members of the cluster, this one included. */
  List<ClusterMember> members();

  PeerStats peers();

  PromotionStats.Stats promotions();

  /** Counts the changes of users and roles. */
  long authRevision();

  /** Empty if no backups are made on a schedule. */
  Optional<BackupStats> backups();

  /** How this member's files are encrypted. */
  EncryptionFigures encryption();

  /** Empty if there is no audit log. */
  Optional<AuditStats> audit();

  /** What this member has done. */
  WorkFigures work();
}
