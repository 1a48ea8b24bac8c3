package io.kvorum.sim;

/** Ends the simulated process: unwinds the stack, and nothing that it passes may have an effect. */
public final class SimulatedCrash extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public SimulatedCrash(String where) {
    super("crash at " + where, null, false, false);
  }
}
