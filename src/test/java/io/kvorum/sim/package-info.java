/**
 * Simulates a member and whole clusters on one thread, from a seed: the real consensus driver,
 * store, leases, watch hub and services over simulated disks, network and clock. What a run found
 * can be repeated from its seed, message by message.
 *
 * <p>There are three simulations, from the bottom up:
 *
 * <pre>
 *   SingleMemberSimulation  one member, puts only: {@link io.kvorum.sim.SimulatedMember} over any state machine;
 *                           crashes and broken disks at every access ({@link io.kvorum.sim.CrashPoint})
 *   CoreSimulation          the same with the real store, leases and history
 *                           ({@link io.kvorum.sim.SimulatedCore}), next to a model that says what is right
 *   ClusterSimulation       one to seven members and more that join and leave, with clients and watchers
 * </pre>
 *
 * <p>What a cluster is made of ({@link io.kvorum.sim.ClusterSimulation} runs it):
 *
 * <ul>
 *   <li><b>Scheduler</b>: {@code ClusterSchedule} holds the time and what is to happen; {@code
 *       Cluster} runs one round of each member at a time; {@link io.kvorum.sim.SimulatedRunner} is
 *       what each Raft loop runs on, {@link io.kvorum.sim.SimulatedClock} the clock that Hazelcast
 *       reads, {@link io.kvorum.sim.SimulatedRandom} the seed of its election jitter.
 *   <li><b>Network</b>: {@code SimulatedNetwork} delays, reorders, repeats, loses and cuts
 *       messages; {@code SimulatedTransfer} and {@code SimulatedPull} bring snapshots.
 *   <li><b>Members</b>: {@code MemberHost} is a machine with its disks, {@code MemberLife} one run
 *       of the process on it, wired as the real one; {@code ClusterState} its state machine, {@code
 *       SimulatedServices} its services.
 *   <li><b>Clients</b>: {@code ClusterClients} propose and read, with commands from {@link
 *       io.kvorum.sim.RandomRequests}; {@code ClusterWatchers} watch, and move from member to
 *       member.
 *   <li><b>Faults</b>: {@code ClusterFaults} (crashes, broken disks, partitions, slow histories,
 *       changes of members) and {@code Catastrophe} (all members but one are lost).
 *   <li><b>Oracles</b>: {@link io.kvorum.sim.CoreLedger} (every entry, once and the same at each
 *       member), {@link io.kvorum.sim.CoreModel} and {@link io.kvorum.sim.MembersModel} (naive
 *       models of the state), {@code CoreCheck} (compares everything that a member shows with the
 *       model), {@link io.kvorum.sim.ClientRecord} (what was acknowledged, refused or left open),
 *       {@code ClusterHistory} (voters, and the events that watchers are to see), {@code
 *       LeasePromises} (no lease ends early). {@code ClusterCounts} shows that the rare things
 *       happen at all.
 * </ul>
 *
 * <p>A failure names its seed. It is repeated with {@code mvn test -Dtest=ClusterSimulationTest
 * -Dkvorum.cluster.seed=N}, with {@code -Dkvorum.cluster.trace=true} for every step; the other two
 * have {@code -Dkvorum.core.seed=N} and {@code -Dkvorum.sim.seed=N}. The history threads are real
 * ones, and the simulation waits for them wherever they have something to do, so that the same seed
 * does the same. One thing is shared by the whole JVM: the seed of the election jitter, so that
 * simulations do not run in parallel.
 *
 * <p>The gate runs the seeds 1 to 300 of each simulation. {@code soak/simulate} runs 10,000
 * clusters from new seeds, or as many as its argument says.
 */
@NullMarked
package io.kvorum.sim;

import org.jspecify.annotations.NullMarked;
