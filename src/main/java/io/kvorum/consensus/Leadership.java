package io.kvorum.consensus;

/** Hears of changes of leadership. Called by the engine thread; must not block. */
public interface Leadership {

  /** Nobody wants to know. */
  Leadership UNWATCHED =
      new Leadership() {
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
}
