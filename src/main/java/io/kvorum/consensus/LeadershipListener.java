package io.kvorum.consensus;

/** Hears of changes of leadership. Called by the engine thread; must not block. */
public interface LeadershipListener {

  /** Nobody wants to know. */
  LeadershipListener UNWATCHED =
      new LeadershipListener() {
        @Override
        public void gained() {}

        @Override
        public void lost() {}

        @Override
        public void removed() {}
      };

  /** This member leads, and has applied everything that was acknowledged before. */
  void gained();

  /** This member leads no more. */
  void lost();

  /** This member is no member any more, and must stop. */
  void removed();

  /**
   * Another member is known to lead, or this one, or none; said once for each change.
   *
   * @param leaderId 0 if there has been none for a second
   */
  default void leaderIs(long leaderId, long term) {}
}
