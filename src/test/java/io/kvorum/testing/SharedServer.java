package io.kvorum.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives tests the {@link ServerUnderTest}: one for all test classes of the JVM, started when the
 * first test asks for it and stopped after the last.
 */
public final class SharedServer implements ParameterResolver {

  private static final Namespace NAMESPACE = Namespace.create(SharedServer.class);

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == ServerUnderTest.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return context
        .getRoot()
        .getStore(NAMESPACE)
        .getOrComputeIfAbsent(Holder.class, key -> new Holder(), Holder.class)
        .server();
  }

  /** Lives in the store of the whole run. */
  private static final class Holder implements AutoCloseable {
    private final ServerUnderTest server;

    Holder() {
      try {
        server = ServerUnderTest.find();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while the server started", e);
      }
    }

    ServerUnderTest server() {
      return server;
    }

    @Override
    public void close() throws InterruptedException {
      server.close();
    }
  }
}
