package io.kvorum.service;

import java.time.Duration;

/**
 * The settings of the services.
 *
 * @param quotaBytes 0 or less for no quota
 * @param minLeaseTtlSeconds what a shorter time to live is raised to
 * @param requestTimeout how long a call to the leader is repeated while there is none
 */
public record ServiceSettings(
    ClientLimits client,
    long quotaBytes,
    long minLeaseTtlSeconds,
    Duration requestTimeout,
    ClusterRules cluster) {}
