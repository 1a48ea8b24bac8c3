package io.kvorum.model;

/**
 * Whether the cluster is being downgraded to the minor version before its own. While it is, the
 * cluster and what it stores count as of that version. Immutable.
 *
 * @param target a version such as 3.6.0; empty if there is no downgrade
 */
public record Downgrade(String target) {
  public static final Downgrade NONE = new Downgrade("");

  public boolean isEnabled() {
    return !target.isEmpty();
  }

  /** The version that the cluster, and what it stores, is of. */
  public String clusterVersion() {
    return isEnabled() ? target : ApiVersion.STORAGE;
  }
}
