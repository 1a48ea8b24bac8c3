package io.kvorum.sim;

import io.kvorum.consensus.InMemoryWal;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Ends the process, or breaks its disk, at the n-th access to the outside world. Once it has struck
 * it strikes at every access.
 */
public final class CrashPoint implements InMemoryWal.Fault {
  private long accessesLeft = Long.MAX_VALUE;
  private boolean asDiskError;
  private @Nullable String struckAt;

  /** The process ends at the n-th access from now on. */
  public void crashAfter(int accesses) {
    accessesLeft = accesses;
    asDiskError = false;
  }

  /** The disk fails at the n-th access from now on; other accesses do not notice. */
  public void breakDiskAfter(int accesses) {
    accessesLeft = accesses;
    asDiskError = true;
  }

  /** What has not struck will not. */
  public void relent() {
    if (struckAt == null) {
      accessesLeft = Long.MAX_VALUE;
    }
  }

  public boolean hasStruck() {
    return struckAt != null;
  }

  /** Whether the process ended, not only its disk. */
  public boolean hasCrashed() {
    return struckAt != null && !asDiskError;
  }

  /** An access to the disk. */
  @Override
  public void strike(String access) throws IOException {
    if (isDue(access)) {
      if (asDiskError) {
        throw new IOException("simulated I/O error at " + access);
      }
      throw new SimulatedCrash(access);
    }
  }

  /** A step that is no access to the disk. */
  public void pass(String step) {
    if (!asDiskError && isDue(step)) {
      throw new SimulatedCrash(step);
    }
  }

  private boolean isDue(String access) {
    if (struckAt == null && accessesLeft-- > 0) {
      return false;
    }
    if (struckAt == null) {
      struckAt = access;
    }
    return true;
  }

  @Override
  public String toString() {
    return struckAt == null ? "no crash" : struckAt;
  }
}
