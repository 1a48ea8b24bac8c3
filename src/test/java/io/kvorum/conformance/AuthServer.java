package io.kvorum.conformance;

import static io.kvorum.conformance.AuthRequests.READ;
import static io.kvorum.conformance.AuthRequests.READWRITE;
import static io.kvorum.conformance.AuthRequests.WRITE;
import static io.kvorum.conformance.AuthRequests.grantRole;
import static io.kvorum.conformance.AuthRequests.put;
import static io.kvorum.conformance.AuthRequests.range;
import static io.kvorum.conformance.AuthRequests.roleAdd;
import static io.kvorum.conformance.AuthRequests.userAdd;
import static io.kvorum.conformance.AuthRpcs.ENABLE;
import static io.kvorum.conformance.AuthRpcs.GRANT;
import static io.kvorum.conformance.AuthRpcs.GRANT_PERMISSION;
import static io.kvorum.conformance.AuthRpcs.GRANT_ROLE;
import static io.kvorum.conformance.AuthRpcs.PUT;
import static io.kvorum.conformance.AuthRpcs.ROLE_ADD;
import static io.kvorum.conformance.AuthRpcs.USER_ADD;

import com.google.protobuf.Message;
import io.grpc.ManagedChannel;
import io.grpc.stub.AbstractStub;
import io.kvorum.conformance.AuthClient.Face;
import io.kvorum.conformance.AuthClient.Rpc;
import io.kvorum.proto.authpb.Permission;
import io.kvorum.proto.etcdserverpb.AuthEnableRequest;
import io.kvorum.proto.etcdserverpb.AuthRoleGrantPermissionRequest;
import io.kvorum.proto.etcdserverpb.LeaseGrantRequest;
import io.kvorum.testing.ServerProcess;
import io.kvorum.testing.ServerUnderTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Runs the member on which the cases of auth are tried, by the numbers they have in a table that
 * was run against etcd 3.7.1: with simple tokens, with auth on, and with a user for each kind of
 * right. The password of a user is its name, and so is its role. A test that needs a user in
 * another state adds one.
 */
final class AuthServer implements AutoCloseable {
  /** Stands for a call without a token. */
  static final String NOBODY = "-";

  /** Stands for a call with a token that no user has. */
  static final String BAD = "bad";

  private static final String ROOT = "root";

  private final ServerProcess process;
  private final AuthClient client;
  private final Set<String> users = new LinkedHashSet<>();
  private final Map<String, String> tokens = new HashMap<>();

  private AuthServer(ServerProcess process) {
    this.process = process;
    this.client = new AuthClient(process.endpoint());
  }

  private static AuthServer start() throws IOException, InterruptedException {
    AuthServer server = new AuthServer(ServerUnderTest.startOwn(List.of("--bcrypt-cost=4")));
    try {
      server.setUp();
      ServerUnderTest.awaitJson(server.endpoint());
      return server;
    } catch (RuntimeException | AssertionError e) {
      server.close();
      throw e;
    }
  }

  private void setUp() {
    for (String key : List.of("a", "foo", "b", "m", "z")) {
      call(NOBODY, PUT, put(key).build());
    }
    lease(101, "foo1");
    lease(102, "zzz");
    lease(103);
    lease(104, "foo2", "zz2");
    lease(105);
    lease(106);
    addUser("rd", range(READ, "foo", "fop"));
    addUser("wr", range(WRITE, "foo", "fop"));
    addUser("rw", range(READWRITE, "foo", "fop"));
    addUser("pt", range(READWRITE, "foo", ""));
    addUser("mg", range(READ, "a", "b"), range(READ, "b", "c"), range(READ, "d", "e"));
    addUser("ov", range(READ, "a", "c"), range(READ, "b", "d"));
    addUser("ptm", range(READ, "a", ""), range(READ, "a\0", "b"));
    addUser("fk", range(READWRITE, "m", "\0"));
    addUser("all", range(READWRITE, "\0", "\0"));
    addUser("none");
    call(NOBODY, USER_ADD, userAdd("norole"));
    for (String admin : List.of(ROOT, "adm")) {
      call(NOBODY, USER_ADD, userAdd(admin));
      call(NOBODY, GRANT_ROLE, grantRole(admin, ROOT));
    }
    users.addAll(List.of("norole", ROOT, "adm"));
    call(NOBODY, ENABLE, AuthEnableRequest.getDefaultInstance());
  }

  private void lease(long id, String... keys) {
    call(NOBODY, GRANT, LeaseGrantRequest.newBuilder().setID(id).setTTL(3000).build());
    for (String key : keys) {
      call(NOBODY, PUT, put(key).setLease(id).build());
    }
  }

  /** Gives each user of the set-up a new token: unused ones expire after five minutes. */
  void login() {
    tokens.clear();
    users.forEach(user -> tokens.put(user, client.login(user, user)));
    tokens.put(BAD, "bad.1");
  }

  /** Adds a user to those of the set-up, or, once auth is on, one for a test. */
  void addUser(String name, Permission... permissions) {
    String admin = tokens.containsKey(ROOT) ? ROOT : NOBODY;
    call(admin, USER_ADD, userAdd(name));
    call(admin, ROLE_ADD, roleAdd(name));
    call(admin, GRANT_ROLE, grantRole(name, name));
    for (Permission permission : permissions) {
      call(
          admin,
          GRANT_PERMISSION,
          AuthRoleGrantPermissionRequest.newBuilder().setName(name).setPerm(permission).build());
    }
    if (admin.equals(ROOT)) {
      tokens.put(name, client.login(name, name));
    } else {
      users.add(name);
    }
  }

  /** The token of a user; null if it has none. */
  @Nullable String token(String user) {
    return tokens.get(user);
  }

  /** The answer to a call of a user over gRPC; throws StatusRuntimeException. */
  <Q extends Message, A extends Message> A call(String user, Rpc<Q, A> rpc, Q request) {
    return client.call(rpc, AuthClient.withToken(token(user)), request);
  }

  /** How a call of a user ends. */
  <Q extends Message, A extends Message> String outcome(
      Face face, String user, Rpc<Q, A> rpc, Q request) {
    return client.outcome(face, rpc, token(user), request);
  }

  /** How a call of a user ends over gRPC. */
  <Q extends Message, A extends Message> String outcome(String user, Rpc<Q, A> rpc, Q request) {
    return outcome(Face.GRPC, user, rpc, request);
  }

  /** A stub whose calls carry the token of a user. */
  <S extends AbstractStub<S>> S as(String user, S stub) {
    return AuthClient.as(token(user), stub);
  }

  /** A stream for watchers of a user. */
  AuthWatches watches(String user) {
    return new AuthWatches(client, token(user));
  }

  AuthClient client() {
    return client;
  }

  ManagedChannel channel() {
    return client.channel();
  }

  URI endpoint() {
    return process.endpoint();
  }

  /** What the member has logged. */
  List<String> logLines() {
    return process.stderr();
  }

  @Override
  public void close() throws InterruptedException {
    client.close();
    process.close();
  }

  /**
   * Gives tests the {@link AuthServer}: one for all test classes of the JVM, started for the first
   * and stopped after the last of them.
   */
  static final class Shared implements BeforeAllCallback, ParameterResolver {
    private static final Namespace NAMESPACE = Namespace.create(Shared.class);

    @Override
    public void beforeAll(ExtensionContext context) {
      server(context).login();
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
      return parameter.getParameter().getType() == AuthServer.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
      return server(context);
    }

    private static AuthServer server(ExtensionContext context) {
      return context
          .getRoot()
          .getStore(NAMESPACE)
          .getOrComputeIfAbsent(AuthServer.class, key -> started(), AuthServer.class);
    }

    private static AuthServer started() {
      try {
        return start();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while the server started", e);
      }
    }
  }
}
