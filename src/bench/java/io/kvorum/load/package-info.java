/**
 * A load generator for any server that speaks the etcd v3 API, and the benchmarks that run Kvorum
 * and a stock etcd in turn with it: under load, and while they start.
 *
 * <p>It shares the machine with the server it measures, so it is built to cost little: one event
 * loop by default, requests encoded by hand, answers looked at only as far as needed to know that
 * they are right.
 */
@NullMarked
package io.kvorum.load;

import org.jspecify.annotations.NullMarked;
