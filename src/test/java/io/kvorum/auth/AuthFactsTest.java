package io.kvorum.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.model.Bytes;
import io.kvorum.model.FactSink;
import io.kvorum.model.Permission;
import io.kvorum.testing.FactMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The bytes are those of a snapshot of etcd: see docs/formats.md. */
class AuthFactsTest {
  private final Map<String, Bytes> facts = new TreeMap<>();
  private final FactSink sink = new FactMap(facts);

  private static String hex(Bytes bytes) {
    return HexFormat.of().formatHex(bytes.unsafeArray());
  }

  @Test
  void usersAndRolesHaveTheBytesOfEtcd() {
    AuthFacts.put(new AuthUser("np", Bytes.EMPTY, List.of(), true), sink);
    AuthFacts.put(new AuthUser("al", Bytes.utf8("h"), List.of("r1"), false), sink);
    AuthFacts.put(
        new AuthRole(
            "r1",
            List.of(
                new Permission(Permission.READWRITE, Bytes.utf8("foo"), Bytes.utf8("fop")),
                new Permission(Permission.READ, Bytes.utf8("zz"), Bytes.utf8("z{")))),
        sink);
    assertThat(hex(facts.get("etcd/authUsers/6e70"))).isEqualTo("0a026e7022020801");
    assertThat(hex(facts.get("etcd/authUsers/616c")))
        .isEqualTo("0a02616c" + "120168" + "1a027231" + "2200");
    assertThat(hex(facts.get("etcd/authRoles/7231")))
        .isEqualTo("0a027231120c08021203666f6f1a03666f70120812027a7a1a027a7b");
  }

  @Test
  void aStoreThatWasNeverToldAnythingHasAuthOffAtRevisionOne() {
    AuthState state = AuthFacts.read(Map.of());
    assertThat(state.isEnabled()).isFalse();
    assertThat(state.revision()).isEqualTo(1);
  }

  @Test
  void theStateOfEtcdIsReadAsItIs() {
    facts.put("etcd/auth/61757468456e61626c6564", Bytes.wrap(new byte[] {1}));
    facts.put(
        "etcd/auth/617574685265766973696f6e", Bytes.wrap(new byte[] {0, 0, 0, 0, 0, 0, 1, 2}));
    facts.put(
        "etcd/authUsers/616c",
        Bytes.wrap(HexFormat.of().parseHex("0a02616c" + "1a0173" + "1a0172")));
    facts.put("etcd/authRoles/72", Bytes.wrap(HexFormat.of().parseHex("0a0172")));
    AuthState state = AuthFacts.read(facts);
    assertThat(state.isEnabled()).isTrue();
    assertThat(state.revision()).isEqualTo(258);
    assertThat(state.users().get("al").roles()).containsExactly("r", "s");
    assertThat(state.roles()).containsOnlyKeys("r");
  }

  @Test
  void whatIsDamagedIsNamed() {
    facts.put("etcd/authUsers/616c", Bytes.wrap(new byte[] {10, 99}));
    assertThatThrownBy(() -> AuthFacts.read(facts))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the fact etcd/authUsers/616c is damaged");
  }
}
