package io.kvorum.consensus;

/** Hears of changes of leadership. Called by the engine thread; must not block. */
public interface LeadershipListener {

  /** Nobody wants to know. */
  LeadershipListener NONE =
      new LeadershipListener() {
        @Override
        public void onElected(long term) {}

        @Override
        public void onDeposed() {}

        @Override
        public void onRemoved() {}
      };

  /** This member leads, and has applied everything that was acknowledged before. */
  void onElected(long term);

  /** This member leads no more. */
  void onDeposed();

  /** This member is no member any more, and must stop. */
  void onRemoved();

  /**
   * Another member is known to lead, or this one, or none; said once for each change.
   *
   * @param leaderId 0 if there has been none for a second
   */
  default void onLeaderChange(long leaderId, long term) {}
}
