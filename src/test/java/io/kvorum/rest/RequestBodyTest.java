package io.kvorum.rest;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RequestBodyTest {
  private final List<String> told = new ArrayList<>();
  private final Input input = new Input();
  private final RequestBody body =
      new RequestBody(
          input,
          0,
          new RequestBody.Listener() {
            @Override
            public void arrived() {
              told.add("arrived");
            }

            @Override
            public void failed(Throwable reason) {
              told.add(reason.getMessage());
            }
          });

  /** A body of zeros that never ends; the test may act in the middle of a read. */
  private static final class Input extends ServletInputStream {
    private int left;
    private Runnable duringRead = () -> {};

    @Override
    public boolean isFinished() {
      return false;
    }

    @Override
    public boolean isReady() {
      return left > 0;
    }

    @Override
    public int read(byte[] target, int offset, int length) {
      int count = Math.min(left, length);
      left -= count;
      duringRead.run();
      return count;
    }

    @Override
    public int read() {
      throw new UnsupportedOperationException("one byte at a time");
    }

    @Override
    public void setReadListener(ReadListener listener) {
      throw new UnsupportedOperationException("the listener is the subject of the test");
    }
  }

  @Test
  void allThatIsThereIsReadInOneCall() throws IOException {
    input.left = 5000;
    body.onDataAvailable();
    body.onAllDataRead();
    assertThat(body.poll()).hasSize(4096);
    assertThat(body.poll()).hasSize(904);
    assertThat(body.poll()).isSameAs(RequestBody.END);
    assertThat(body.poll()).isNull();
    assertThat(told).containsExactly("arrived", "arrived", "arrived");
  }

  @Test
  void theEndWaitsForTheThreadThatIsReading() throws IOException {
    input.left = 100_000;
    input.duringRead =
        () -> {
          body.close(() -> told.add("closed"));
          assertThat(told).doesNotContain("closed");
        };
    body.onDataAvailable();
    assertThat(told).endsWith("closed").containsOnlyOnce("closed");
    assertThat(input.left).as("not read on after the end").isEqualTo(100_000 - 4096);
  }

  @Test
  void nothingIsReadAfterTheEnd() throws IOException {
    body.close(() -> told.add("closed"));
    input.left = 10;
    body.onDataAvailable();
    assertThat(told).containsExactly("closed");
    assertThat(input.left).isEqualTo(10);
  }

  @Test
  void aBodyThatIsNotTakenIsBounded() throws IOException {
    input.left = 2_000_000;
    body.onDataAvailable();
    assertThat(told).hasSize(257).endsWith("requests arrive faster than their answers are read");
  }
}
