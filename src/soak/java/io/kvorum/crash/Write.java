package io.kvorum.crash;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A write that a client tries. Its values are unique, so that its effect can be recognised. */
sealed interface Write {

  /** The events that this write causes in that state, in order; none if it changes nothing. */
  List<Effect> effects(ExpectedStore state);

  /** What one event does to one key; a null value deletes it. */
  record Effect(String key, @Nullable String value, long lease) {
    static Effect delete(String key) {
      return new Effect(key, null, 0);
    }
  }

  record Put(String key, String value, long lease) implements Write {
    @Override
    public List<Effect> effects(ExpectedStore state) {
      return List.of(new Effect(key, value, lease));
    }
  }

  /** Two puts and a delete in one revision. */
  record Txn(Put first, Put second, String deleted) implements Write {
    @Override
    public List<Effect> effects(ExpectedStore state) {
      Effect one = first.effects(state).get(0);
      Effect two = second.effects(state).get(0);
      return state.has(deleted) ? List.of(one, two, Effect.delete(deleted)) : List.of(one, two);
    }
  }

  /** A put that happens only if the key was last changed at that revision. */
  record PutIfUnchanged(String key, long modRevision, String value) implements Write {
    @Override
    public List<Effect> effects(ExpectedStore state) {
      return state.modRevision(key) == modRevision ? List.of(new Effect(key, value, 0)) : List.of();
    }
  }

  /** Deletes [from, to), or the one key if there is no end. */
  record Delete(String from, Optional<String> to) implements Write {
    @Override
    public List<Effect> effects(ExpectedStore state) {
      return state.keys(from, to.orElse(from + "\0")).stream().map(Effect::delete).toList();
    }
  }

  record Grant(long lease, long seconds) implements Write {
    @Override
    public List<Effect> effects(ExpectedStore state) {
      return List.of();
    }
  }

  record Revoke(long lease) implements Write {
    @Override
    public List<Effect> effects(ExpectedStore state) {
      return state.keysOf(lease).stream().map(Effect::delete).toList();
    }
  }

  record Compact(long revision) implements Write {
    @Override
    public List<Effect> effects(ExpectedStore state) {
      return List.of();
    }
  }
}
