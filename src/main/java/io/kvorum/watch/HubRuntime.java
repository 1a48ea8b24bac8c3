package io.kvorum.watch;

import java.util.Random;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/**
 * Supplies the hub with a clock, randomness and a thread, so that tests can replace all three.
 *
 * @param clock nanoseconds since an arbitrary moment, monotonic
 * @param catchUp runs one task at a time; its tasks may read the disk
 */
record HubRuntime(LongSupplier clock, Random random, Executor catchUp) {}
