package io.kvorum.service;

/**
 * What operators set about changes of the cluster.
 *
 * @param isStrict whether a change is refused that would leave too few members started or connected
 * @param maxLearners how many learners there may be
 */
public record ClusterRules(boolean isStrict, int maxLearners) {
  /** As etcd has them. */
  public static final ClusterRules DEFAULT = new ClusterRules(true, 1);
}
