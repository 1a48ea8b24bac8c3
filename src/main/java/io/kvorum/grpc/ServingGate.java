package io.kvorum.grpc;

/**
 * Decides whether gRPC clients are served: they wait until the gate is opened, or for good, until
 * they are sent away. Thread-safe.
 *
 * <p>A client that waits has been accepted and gets no byte: that is what it sees of an etcd that
 * is not ready.
 *
 * <p>Held by: ClientPortStartTest.
 */
final class ServingGate {
  /** What becomes of the connections. */
  enum State {
    SHUT,
    OPEN,
    /** Nobody will be served: connections are closed. */
    BARRED
  }

  private final HoldingRoom room;
  private volatile State state = State.SHUT;

  ServingGate(HoldLimits limits) {
    this.room = new HoldingRoom(limits);
  }

  State state() {
    return state;
  }

  boolean isOpen() {
    return state == State.OPEN;
  }

  void open() {
    set(State.OPEN);
  }

  void bar() {
    set(State.BARRED);
  }

  private void set(State next) {
    state = next;
    room.call();
  }

  /** Where connections wait until the state changes. */
  HoldingRoom room() {
    return room;
  }
}
