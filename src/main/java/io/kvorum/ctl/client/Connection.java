package io.kvorum.ctl.client;

import io.grpc.CallCredentials;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.AbstractStub;
import io.kvorum.proto.etcdserverpb.AuthGrpc;
import io.kvorum.proto.etcdserverpb.AuthenticateRequest;
import io.kvorum.proto.etcdserverpb.ClusterGrpc;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.LeaseGrpc;
import io.kvorum.proto.etcdserverpb.MaintenanceGrpc;
import io.kvorum.proto.etcdserverpb.WatchGrpc;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Calls one member. Calls wait for the connection, and for the answer, no longer than the command
 * may take. Thread-safe.
 *
 * <p>Held by: ConnectionsTest.
 */
public final class Connection {
  private static final Metadata.Key<String> TOKEN =
      Metadata.Key.of("token", Metadata.ASCII_STRING_MARSHALLER);

  private static final String AUTH_IS_OFF = "etcdserver: authentication is not enabled";

  private final EndpointAddress endpoint;
  private final ManagedChannel channel;
  private final ClientSettings settings;
  private @Nullable CallCredentials credentials; // guarded by this
  private boolean isAuthenticated; // guarded by this

  Connection(EndpointAddress endpoint, ManagedChannel channel, ClientSettings settings) {
    this.endpoint = endpoint;
    this.channel = channel;
    this.settings = settings;
  }

  public EndpointAddress endpoint() {
    return endpoint;
  }

  /** A call that may fail. */
  public interface Call<T> {
    T send(Connection connection) throws RpcException;
  }

  /** Sends a call, and words its failure. */
  public <T> T call(Call<T> call) throws RpcException {
    try {
      return call.send(this);
    } catch (StatusRuntimeException failed) {
      throw RpcException.of(failed);
    }
  }

  public KVGrpc.KVBlockingStub kv() throws RpcException {
    return timed(KVGrpc.newBlockingStub(channel));
  }

  public ClusterGrpc.ClusterBlockingStub cluster() throws RpcException {
    return timed(ClusterGrpc.newBlockingStub(channel));
  }

  public MaintenanceGrpc.MaintenanceBlockingStub maintenance() throws RpcException {
    return timed(MaintenanceGrpc.newBlockingStub(channel));
  }

  public LeaseGrpc.LeaseBlockingStub lease() throws RpcException {
    return timed(LeaseGrpc.newBlockingStub(channel));
  }

  /** For calls that take as long as they take. */
  public MaintenanceGrpc.MaintenanceBlockingStub maintenanceWithoutTimeout() throws RpcException {
    return authenticated(MaintenanceGrpc.newBlockingStub(channel));
  }

  /** For watches, which have no end. */
  public WatchGrpc.WatchStub watch() throws RpcException {
    return authenticated(WatchGrpc.newStub(channel));
  }

  /** Waits until the member can be reached, within the time for a command. */
  public void await() throws RpcException {
    await(settings.commandTimeout());
  }

  /** The same for calls that take long anyway: connecting has a time of its own. */
  public void awaitLonger() throws RpcException {
    await(settings.commandTimeout().plus(settings.dialTimeout()));
  }

  private void await(Duration atMost) throws RpcException {
    try {
      ready().get(atMost.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException late) {
      throw RpcException.timeout();
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      throw RpcException.timeout();
    } catch (ExecutionException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** Connects; never fails, since the channel tries again and again. */
  CompletableFuture<Connection> ready() {
    CompletableFuture<Connection> ready = new CompletableFuture<>();
    follow(ready);
    return ready;
  }

  private void follow(CompletableFuture<Connection> ready) {
    ConnectivityState state = channel.getState(true);
    if (state == ConnectivityState.READY) {
      ready.complete(this);
    } else if (state != ConnectivityState.SHUTDOWN) {
      channel.notifyWhenStateChanged(state, () -> follow(ready));
    }
  }

  private <S extends AbstractStub<S>> S timed(S stub) throws RpcException {
    return authenticated(stub)
        .withDeadlineAfter(settings.commandTimeout().toNanos(), TimeUnit.NANOSECONDS);
  }

  private <S extends AbstractStub<S>> S authenticated(S stub) throws RpcException {
    CallCredentials known = credentials();
    S waiting = stub.withWaitForReady();
    return known == null ? waiting : waiting.withCallCredentials(known);
  }

  private synchronized @Nullable CallCredentials credentials() throws RpcException {
    if (!isAuthenticated) {
      String token = token();
      credentials = token.isEmpty() ? null : new TokenCredentials(token);
      isAuthenticated = true;
    }
    return credentials;
  }

  /** Empty if there is no user, or if the cluster does not ask who its users are. */
  private String token() throws RpcException {
    ClientSettings.Credentials who = settings.credentials();
    if (!who.token().isEmpty() || who.user().isEmpty()) {
      return who.token();
    }
    try {
      return AuthGrpc.newBlockingStub(channel)
          .withWaitForReady()
          .withDeadlineAfter(settings.commandTimeout().toNanos(), TimeUnit.NANOSECONDS)
          .authenticate(
              AuthenticateRequest.newBuilder()
                  .setName(who.user())
                  .setPassword(who.password())
                  .build())
          .getToken();
    } catch (StatusRuntimeException refused) {
      if (AUTH_IS_OFF.equals(refused.getStatus().getDescription())) {
        return "";
      }
      throw RpcException.of(refused);
    }
  }

  /** Sends the token of a user with each call. */
  private static final class TokenCredentials extends CallCredentials {
    private final Metadata headers = new Metadata();

    TokenCredentials(String token) {
      headers.put(TOKEN, token);
    }

    @Override
    public void applyRequestMetadata(RequestInfo call, Executor executor, MetadataApplier applier) {
      try {
        applier.apply(headers);
      } catch (RuntimeException unusable) {
        applier.fail(Status.UNAUTHENTICATED.withCause(unusable));
      }
    }
  }
}
