package io.kvorum.rest;

import io.kvorum.service.DirectAnswer;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Takes the body of an answer, part by part, each of which leaves at once and as one chunk. One
 * caller at a time.
 *
 * <p>Where a {@link DirectAnswer} is possible, nothing blocks. In a container of somebody else's a
 * write blocks until its client has read: Open Liberty (26.0.0.3) has no other way, whatever a
 * {@code WriteListener} is for.
 *
 * <p>Held by: JsonStreamTest, JsonRangeIT, PlainLibertyIT.
 */
abstract class AnswerOutput {
  /** The container sends as one chunk what fits its buffer, which it allocates as it is needed. */
  private static final int LARGEST_CHUNK_BYTES = 16 << 20;

  /** False while the client has to read before more is written. */
  abstract boolean isReady();

  /** Writes, at once. The array must not change afterwards. */
  abstract void write(byte[] bytes, int from, int length) throws IOException;

  /** The answer is complete; to be called before the request is. */
  abstract void end() throws IOException;

  /**
   * Begins an answer whose status and headers are set, and sends these.
   *
   * @param direct null if there is no way past the container
   * @param onReady runs when {@link #isReady} has become true again; on any thread, must not block
   * @param onGone runs when the client has gone; likewise
   */
  static AnswerOutput begin(
      HttpServletResponse response,
      @Nullable DirectAnswer direct,
      Runnable onReady,
      Runnable onGone)
      throws IOException {
    if (direct == null) {
      response.setBufferSize(LARGEST_CHUNK_BYTES);
      response.flushBuffer(); // Liberty ignores the first flush.
      return new Blocking(response.getOutputStream());
    }
    response.setHeader(DirectAnswer.HEADER, "yes");
    response.flushBuffer();
    direct.begin(onReady, onGone);
    return new Direct(direct);
  }

  private static final class Direct extends AnswerOutput {
    private final DirectAnswer answer;

    Direct(DirectAnswer answer) {
      this.answer = answer;
    }

    @Override
    boolean isReady() {
      return answer.isReady();
    }

    @Override
    void write(byte[] bytes, int from, int length) {
      answer.write(bytes, from, length);
    }

    @Override
    void end() {
      answer.end();
    }
  }

  private static final class Blocking extends AnswerOutput {
    private final ServletOutputStream output;

    Blocking(ServletOutputStream output) {
      this.output = output;
    }

    @Override
    boolean isReady() {
      return true;
    }

    @Override
    void write(byte[] bytes, int from, int length) throws IOException {
      output.write(bytes, from, length);
      output.flush();
    }

    @Override
    void end() {
      // The container ends it with the request.
    }
  }
}
