package io.kvorum.support;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Makes the threads of a member: named, and daemons, so that none of them keeps a JVM alive.
 *
 * <p>Held by: RaftThreadTest.
 */
public final class Threads {
  private Threads() {}

  /** A thread of that name, not started. */
  public static Thread daemon(String name, Runnable task) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }

  /** Makes threads that all have that name: for an executor of a single thread. */
  public static ThreadFactory daemons(String name) {
    return task -> daemon(name, task);
  }

  /** Makes threads that are called {@code prefix-1}, {@code prefix-2} and so on. */
  public static ThreadFactory numberedDaemons(String prefix) {
    AtomicInteger made = new AtomicInteger();
    return task -> daemon(prefix + "-" + made.incrementAndGet(), task);
  }
}
