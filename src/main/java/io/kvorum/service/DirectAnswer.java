package io.kvorum.service;

/**
 * Takes the body of an answer over JSON past the container: the client port writes it to the
 * connection as its client reads. Open Liberty writes by blocking a thread until the client has
 * read, whatever a servlet asks for.
 *
 * <p>Who answers sets {@link #HEADER}, sends the head through the container, and its body, which
 * must be empty there, through this. Thread-safe; nothing here blocks.
 *
 * <p>Held by: DirectWriterTest, JsonRangeIT.
 */
public interface DirectAnswer {
  /** The header of the container's answer that announces a body that comes this way. */
  String HEADER = "Kvorum-Direct-Answer";

  /**
   * Says who is to be called, before anything is written.
   *
   * @param onReady runs when {@link #isReady} has become true after it was false
   * @param onGone runs when the client will not get what is still to be written
   */
  void begin(Runnable onReady, Runnable onGone);

  /** False while the client has to read before more is written. */
  boolean isReady();

  /** Writes, at once and as one chunk. The array must not change afterwards. */
  void write(byte[] bytes, int from, int length);

  /** The answer is complete; before the container's answer is. */
  void end();
}
