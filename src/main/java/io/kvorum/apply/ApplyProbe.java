package io.kvorum.apply;

import io.kvorum.model.Command;
import io.kvorum.model.Result;

/**
 * Hears of the commands that an {@link Applier} applies, and has no influence on them. Called on
 * the Raft thread; must be short.
 *
 * <p>Held by: ApplyMeterTest.
 */
public interface ApplyProbe {
  /** Hears nothing. */
  ApplyProbe NONE =
      new ApplyProbe() {
        @Override
        public void entryBegins(long index) {}

        @Override
        public void applied(Command command, Result result) {}
      };

  /** The commands of that entry follow. */
  void entryBegins(long index);

  /** One command was applied, after what was heard of last. */
  void applied(Command command, Result result);
}
