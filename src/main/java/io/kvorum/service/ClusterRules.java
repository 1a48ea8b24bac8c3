package io.kvorum.service;

/**
 * The settings about changes of the cluster.
 *
 * @param isStrict whether changes that would leave too few members started or connected are
 *     rejected
 * @param maxLearners the most learners
 */
public record ClusterRules(boolean isStrict, int maxLearners) {}
