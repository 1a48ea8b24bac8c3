package io.kvorum.peer;

/** Knows which members were removed from the cluster. Thread-safe; does not block. */
public interface RemovedMembers {

  /** No member has been removed. */
  RemovedMembers NONE =
      new RemovedMembers() {
        @Override
        public boolean wasRemoved(long memberId) {
          return false;
        }

        @Override
        public void onRemoved() {}
      };

  /** Whether that was a member of the cluster and no longer is. */
  boolean wasRemoved(long memberId);

  /** Called once, when another member reports that this one has been removed. */
  void onRemoved();
}
