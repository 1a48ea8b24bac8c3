package io.kvorum.boot.restore;

import io.kvorum.sealing.Sealing;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What to restore, and into what: the flags of {@code etcdutl snapshot restore}, and one more.
 * Immutable.
 *
 * @param dataDirectory must not exist, or be empty
 * @param walDirectory of the write-ahead log, must not exist; null if it is to stand in the data
 *     directory
 * @param sealing what the snapshot may be sealed with, and what the directory is to be sealed with
 */
public record RestoreSettings(
    Path snapshot,
    Path dataDirectory,
    @Nullable Path walDirectory,
    NewMember member,
    Revisions revisions,
    boolean skipHashCheck,
    Sealing sealing) {

  /** A restore of a snapshot in the clear into a directory in the clear. */
  public RestoreSettings(
      Path snapshot,
      Path dataDirectory,
      @Nullable Path walDirectory,
      NewMember member,
      Revisions revisions,
      boolean skipHashCheck) {
    this(snapshot, dataDirectory, walDirectory, member, revisions, skipHashCheck, Sealing.off());
  }

  /**
   * The member, one of those that found a new cluster with the same content.
   *
   * @param initialCluster all of them, in the form of the flag {@code --initial-cluster}
   * @param token of {@code --initial-cluster-token}
   * @param advertisedPeerUrls of {@code --initial-advertise-peer-urls}, separated by commas
   */
  public record NewMember(
      String name, String initialCluster, String token, String advertisedPeerUrls) {

    /** The defaults of the flags. */
    public static final NewMember DEFAULT =
        new NewMember(
            "default", "default=http://localhost:2380", "etcd-cluster", "http://localhost:2380");
  }

  /**
   * Which revisions the store is to have.
   *
   * @param last the one to go back to, which must not be compacted; empty for all
   * @param bump how far to move the revision on, beyond what clients can have seen; 0 for not at
   *     all
   * @param markCompacted all revisions before that count as compacted; goes with {@code bump}
   */
  public record Revisions(OptionalLong last, long bump, boolean markCompacted) {
    /** All that the file has. */
    public static final Revisions ALL = new Revisions(OptionalLong.empty(), 0, false);
  }
}
