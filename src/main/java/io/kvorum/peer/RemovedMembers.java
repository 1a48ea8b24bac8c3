package io.kvorum.peer;

/** What there is to know of members that were removed. Called by any thread; does not block. */
public interface RemovedMembers {

  /** Whether the cluster once had that member, and has it no more. */
  boolean wasRemoved(long memberId);

  /** Another member says that this one has been removed; said once. */
  void onRemoved();
}
