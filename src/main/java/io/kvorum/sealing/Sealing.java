package io.kvorum.sealing;

import io.kvorum.support.Log;
import io.kvorum.support.Reason;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * Provides the master keys as their file holds them now. What cannot be used is reported once, and
 * the former keys stay in use. Thread-safe; {@link #reread} is for one thread.
 *
 * <p>Files may be replaced in several steps: what cannot be used counts as broken only if it is
 * still the same at the next reading.
 *
 * <p>Held by: SealingTest.
 */
public final class Sealing {
  private static final Log LOG = Log.of(Sealing.class);

  private final @Nullable Path file;
  private volatile MasterKeys keys;

  // Of the thread that rereads.
  private String lastFailure = "";
  private String reported = "";

  private Sealing(@Nullable Path file, MasterKeys keys) {
    this.file = file;
    this.keys = keys;
  }

  /** Nothing is sealed. */
  public static Sealing off() {
    return new Sealing(null, MasterKeys.NONE);
  }

  /**
   * Reads the keys.
   *
   * @throws IOException if they cannot be used; the message is one line
   */
  public static Sealing of(Path file) throws IOException {
    return new Sealing(file, MasterKeys.read(file));
  }

  public MasterKeys keys() {
    return keys;
  }

  /** Whether there is a file of keys. */
  public boolean isOn() {
    return file != null;
  }

  /**
   * Reads the file again; to be called every second or so.
   *
   * @param needed what is sealed now: without the keys for it, a new content cannot be used
   */
  public void reread(Collection<KeyList> needed) {
    if (file == null) {
      return;
    }
    String failure = "";
    try {
      MasterKeys found = MasterKeys.read(file);
      if (!found.equals(keys)) {
        for (KeyList list : needed) {
          list.require(found);
        }
        keys = found;
        LOG.info(
            "the encryption keys in {} have been replaced: new data is {}",
            file,
            found.active().map(key -> "sealed with the key " + key.id()).orElse("not sealed"));
      }
    } catch (IOException unusable) {
      failure = Reason.of(unusable);
    }
    if (failure.isEmpty()) {
      reported = "";
    } else if (failure.equals(lastFailure) && !failure.equals(reported)) {
      LOG.warning("{}; the former keys stay in use", failure);
      reported = failure;
    }
    lastFailure = failure;
  }
}
