package io.kvorum.rest;

import io.grpc.Status;
import io.kvorum.support.Log;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;

/**
 * Collects the body of a request that comes to the container's own port, as it arrives, and serves
 * the request when it is complete: meanwhile it has no thread. Confined to the container's calls,
 * which come one at a time.
 *
 * <p>A body that breaks off, or is malformed, is answered as JSON if somebody is still there, and
 * is no error of the member.
 *
 * <p>Held by: PlainLibertyIT.
 */
final class WholeBody implements ReadListener {
  private static final int READ_BYTES = 4096;

  private static final Log LOG = Log.of(WholeBody.class);

  private final String path;
  private final AsyncContext async;
  private final HttpServletResponse response;
  private final ServletInputStream input;
  private final RequestBodies limits;
  private final CompletableFuture<Void> recognized;
  private final ByteArrayOutputStream collected;
  private boolean isOver;

  private WholeBody(
      String path,
      AsyncContext async,
      ByteArrayOutputStream collected,
      HttpServletResponse response,
      ServletInputStream input,
      RequestBodies limits,
      CompletableFuture<Void> recognized) {
    this.path = path;
    this.async = async;
    this.collected = collected;
    this.response = response;
    this.input = input;
    this.limits = limits;
    this.recognized = recognized;
  }

  /**
   * Begins to collect; the caller must return to the container.
   *
   * @param path where the request is served, below the context root
   * @param recognized completes when it may be served
   */
  static void await(
      String path,
      HttpServletRequest request,
      HttpServletResponse response,
      RequestBodies limits,
      CompletableFuture<Void> recognized)
      throws IOException {
    ByteArrayOutputStream collected = new ByteArrayOutputStream();
    ServletInputStream input = request.getInputStream();
    AsyncContext async = request.startAsync(new Complete(request, collected), response);
    async.setTimeout(0); // the container limits the time between two reads
    input.setReadListener(
        new WholeBody(path, async, collected, response, input, limits, recognized));
  }

  @Override
  public void onDataAvailable() throws IOException {
    byte[] bytes = new byte[READ_BYTES];
    while (!isOver && input.isReady() && !input.isFinished()) {
      int count = input.read(bytes);
      if (count < 0) {
        return;
      }
      collected.write(bytes, 0, count);
      if (limits.isTooLarge(collected.size())) {
        refuse(GatewayError.of(limits.tooLarge(collected.size())));
      }
    }
  }

  @Override
  public void onAllDataRead() {
    if (!isOver) {
      isOver = true;
      recognized.thenRun(() -> async.dispatch(path));
    }
  }

  @Override
  public void onError(Throwable failure) {
    LOG.debug("the body of a request broke off", failure);
    if (!isOver) {
      refuse(GatewayError.of(Status.INVALID_ARGUMENT.withDescription("unexpected EOF")));
    }
  }

  private void refuse(GatewayError error) {
    isOver = true;
    try {
      response.setHeader("Connection", "close");
      error.send(response);
    } catch (IOException | RuntimeException gone) {
      LOG.debug("the client of a request that is refused has gone", gone);
    }
    async.complete();
  }

  /** The request with its body in memory. */
  private static final class Complete extends HttpServletRequestWrapper {
    private final ByteArrayOutputStream collected;

    Complete(HttpServletRequest request, ByteArrayOutputStream collected) {
      super(request);
      this.collected = collected;
    }

    @Override
    public int getContentLength() {
      return collected.size();
    }

    @Override
    public ServletInputStream getInputStream() {
      return new InMemory(new ByteArrayInputStream(collected.toByteArray()));
    }
  }

  private static final class InMemory extends ServletInputStream {
    private final ByteArrayInputStream bytes;

    InMemory(ByteArrayInputStream bytes) {
      this.bytes = bytes;
    }

    @Override
    public int read() {
      return bytes.read();
    }

    @Override
    public int read(byte[] target, int offset, int length) {
      return bytes.read(target, offset, length);
    }

    @Override
    public boolean isFinished() {
      return bytes.available() == 0;
    }

    @Override
    public boolean isReady() {
      return true;
    }

    @Override
    public void setReadListener(ReadListener listener) {
      throw new IllegalStateException("the body is read already");
    }
  }
}
