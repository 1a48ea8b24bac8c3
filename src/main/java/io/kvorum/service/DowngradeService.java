package io.kvorum.service;

import io.kvorum.apply.DowngradeState;
import io.kvorum.consensus.Consensus;
import io.kvorum.model.ApiVersion;
import io.kvorum.model.Command;
import io.kvorum.model.Downgrade;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.model.Result;
import io.kvorum.support.Log;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Serves etcd's Downgrade: checks, begins and ends one. While the cluster is being downgraded, it
 * and what it stores count as of the target version, for clients and in snapshots; what members
 * store is the same. Thread-safe; nothing blocks.
 *
 * <p>etcd's leader ends a downgrade when all members run the target version. No version of Kvorum
 * stands for an earlier one, so that here it lasts until it is cancelled.
 */
public final class DowngradeService {
  private static final Log LOG = Log.of(DowngradeService.class);

  /** What follows the minor version is checked for its form, and does not count. */
  private static final Pattern VERSION =
      Pattern.compile(
          "(0|[1-9]\\d{0,8})\\.(0|[1-9]\\d{0,8})"
              + "(\\.(0|[1-9]\\d{0,8})(-[0-9A-Za-z.-]+)?(\\+[0-9A-Za-z.-]+)?)?");

  private final DowngradeState state;
  private final Consensus consensus;
  private final Proposals proposals;

  DowngradeService(DowngradeState state, Consensus consensus, Proposals proposals) {
    this.state = state;
    this.consensus = consensus;
    this.proposals = proposals;
  }

  /** Whether there is one now. */
  public Downgrade current() {
    return state.current();
  }

  /**
   * Checks whether the cluster can be downgraded to a version.
   *
   * @return the version of the cluster, major and minor; fails with WRONG_DOWNGRADE_VERSION_FORMAT,
   *     INVALID_DOWNGRADE_TARGET or DOWNGRADE_IN_PROGRESS
   */
  public CompletableFuture<String> validate(String version) {
    String target = minorVersion(version);
    return consensus.readIndex().thenApply(confirmed -> checked(target));
  }

  private String checked(String target) {
    Downgrade downgrade = state.current();
    String cluster = downgrade.clusterVersion();
    if (!target.equals(before(cluster))) {
      throw new RequestException(ErrorCode.INVALID_DOWNGRADE_TARGET);
    }
    if (downgrade.isEnabled()) {
      throw new RequestException(ErrorCode.DOWNGRADE_IN_PROGRESS);
    }
    return withoutPatch(cluster);
  }

  /** Checks as {@link #validate}, and begins. */
  public CompletableFuture<String> enable(String version) {
    Downgrade downgrade = new Downgrade(minorVersion(version));
    return validate(version).thenCompose(cluster -> change(downgrade, cluster));
  }

  /** Ends the downgrade, if there is one. */
  public CompletableFuture<String> cancel() {
    return consensus
        .readIndex()
        .thenCompose(
            confirmed -> {
              Downgrade downgrade = state.current();
              String cluster = withoutPatch(downgrade.clusterVersion());
              if (!downgrade.isEnabled()) {
                LOG.warning("a downgrade was cancelled, but there is none");
                return CompletableFuture.completedFuture(cluster);
              }
              return change(Downgrade.NONE, cluster);
            });
  }

  private CompletableFuture<String> change(Downgrade downgrade, String cluster) {
    return proposals
        .propose(new Command.DowngradeChange(downgrade), Result.DowngradeChange.class)
        .thenApply(
            done -> {
              LOG.info("the version of the cluster is {} from now on", downgrade.clusterVersion());
              return cluster;
            });
  }

  private static String minorVersion(String version) {
    Matcher parts = VERSION.matcher(version);
    if (!parts.matches()) {
      throw new RequestException(ErrorCode.WRONG_DOWNGRADE_VERSION_FORMAT);
    }
    return parts.group(1) + "." + parts.group(2) + ".0";
  }

  /** The minor version before a version such as 3.7.0. */
  private static String before(String version) {
    if (version.equals(ApiVersion.STORAGE)) {
      return ApiVersion.PREVIOUS;
    }
    Matcher parts = VERSION.matcher(version);
    return parts.matches()
        ? parts.group(1) + "." + (Integer.parseInt(parts.group(2)) - 1) + ".0"
        : "";
  }

  private static String withoutPatch(String version) {
    return version.substring(0, version.lastIndexOf('.'));
  }
}
