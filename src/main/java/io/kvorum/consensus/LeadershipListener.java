package io.kvorum.consensus;

/** Receives changes of leadership. Called by the Raft thread; must not block. */
public interface LeadershipListener {

  /** Ignores them. */
  LeadershipListener NONE =
      new LeadershipListener() {
        @Override
        public void onElected(long term) {}

        @Override
        public void onDeposed() {}

        @Override
        public void onRemoved() {}
      };

  /** This member is the leader, and has applied everything that was acknowledged before. */
  void onElected(long term);

  /** This member is no longer the leader. */
  void onDeposed();

  /** This member was removed from the cluster, and must stop. */
  void onRemoved();

  /**
   * There is another leader, or another term; called once for each change.
   *
   * @param leaderId possibly this member; 0 if there has been no leader for a second
   */
  default void onLeaderChange(long leaderId, long term) {}
}
