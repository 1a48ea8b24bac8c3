package io.kvorum.watch;

import java.util.Random;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/**
 * What the hub takes from outside, so that a test can be clock, chance and thread.
 *
 * @param clock nanoseconds since some moment, never going back
 * @param catchUp runs one task at a time; what it runs may read the disk
 */
record HubRuntime(LongSupplier clock, Random random, Executor catchUp) {}
