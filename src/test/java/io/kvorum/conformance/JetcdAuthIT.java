package io.kvorum.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.etcd.jetcd.Auth;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.auth.Permission;
import io.kvorum.testing.ServerProcess;
import io.kvorum.testing.ServerUnderTest;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Users, roles and logins of jetcd's client. */
@Timeout(180)
final class JetcdAuthIT {
  private static final long SECONDS_AT_MOST = 30;
  private static final ByteSequence ROOT = bytes("root");
  private static final ByteSequence AL = bytes("al");
  private static final ByteSequence ROLE = bytes("r");

  private static ByteSequence bytes(String text) {
    return ByteSequence.from(text, UTF_8);
  }

  private static <T> T get(CompletableFuture<T> call) throws Exception {
    return call.get(SECONDS_AT_MOST, TimeUnit.SECONDS);
  }

  private static Client client(ServerProcess server, ByteSequence user) {
    return Client.builder().endpoints(server.endpoint()).user(user).password(user).build();
  }

  private static void setUp(Auth auth) throws Exception {
    get(auth.userAdd(ROOT, ROOT));
    get(auth.roleAdd(ROOT));
    get(auth.userGrantRole(ROOT, ROOT));
    get(auth.userAdd(AL, AL));
    get(auth.roleAdd(ROLE));
    get(auth.userGrantRole(AL, ROLE));
    get(auth.roleGrantPermission(ROLE, bytes("a"), bytes("b"), Permission.Type.READWRITE));
    get(auth.authEnable());
  }

  @Test
  void usersAndRolesAreSetUpAndCount() throws Exception {
    try (ServerProcess server = ServerUnderTest.startOwn(List.of("--bcrypt-cost=4"))) {
      try (Client anybody = Client.builder().endpoints(server.endpoint()).build()) {
        setUp(anybody.getAuthClient());
        assertThatThrownBy(() -> get(anybody.getKVClient().get(bytes("a"))))
            .hasMessageContaining("etcdserver: user name is empty");
      }
      try (Client al = client(server, AL);
          Client root = client(server, ROOT)) {
        get(al.getKVClient().put(bytes("a1"), bytes("v")));
        assertThat(get(al.getKVClient().get(bytes("a1"))).getCount()).isEqualTo(1);
        assertThatThrownBy(() -> get(al.getKVClient().put(bytes("b"), bytes("v"))))
            .hasMessageContaining("etcdserver: permission denied");
        Auth auth = root.getAuthClient();
        assertThat(get(auth.userList()).getUsers()).containsExactly("al", "root");
        assertThat(get(auth.userGet(AL)).getRoles()).containsExactly("r");
        assertThat(get(auth.roleGet(ROLE)).getPermissions()).hasSize(1);
        get(auth.roleRevokePermission(ROLE, bytes("a"), bytes("b")));
        assertThatThrownBy(() -> get(al.getKVClient().get(bytes("a1"))))
            .hasMessageContaining("etcdserver: permission denied");
        get(auth.userChangePassword(AL, bytes("new")));
        get(auth.userRevokeRole(AL, ROLE));
        get(auth.roleDelete(ROLE));
        get(auth.userDelete(AL));
        assertThat(get(auth.roleList()).getRoles()).containsExactly("root");
        get(auth.authDisable());
        assertThat(get(root.getKVClient().get(bytes("a1"))).getCount()).isEqualTo(1);
      }
    }
  }
}
