package io.kvorum.sim;

/** The process ends here. Unwinds the stack; nothing that it passes may have an effect any more. */
public final class SimulatedCrash extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public SimulatedCrash(String where) {
    super("crash at " + where, null, false, false);
  }
}
