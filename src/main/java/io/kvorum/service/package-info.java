/**
 * One class per etcd service: validate, propose or read, await. The faces call nothing else. Beside
 * them stands what a member proposes by itself, without a client.
 *
 * <p>Held by: EtcdctlPutGetIT, EtcdctlLeaseIT, EtcdctlMemberIT, ClusterFaultsIT, ClusterSimulation.
 */
@NullMarked
package io.kvorum.service;

import org.jspecify.annotations.NullMarked;
