package io.kvorum.service;

import static io.kvorum.service.ServicesUnderTest.voter;
import static org.assertj.core.api.Assertions.assertThat;

import io.jsonwebtoken.Jwts;
import io.kvorum.apply.AccessCheck;
import io.kvorum.auth.AuthState;
import io.kvorum.auth.AuthView;
import io.kvorum.auth.Authenticator;
import io.kvorum.auth.JwtKeys;
import io.kvorum.auth.JwtTokens;
import io.kvorum.auth.Passwords;
import io.kvorum.auth.Tokens;
import io.kvorum.auth.VerifiedTokens;
import io.kvorum.log.ProtobufCommandCodec;
import io.kvorum.model.AuthCommand;
import io.kvorum.model.Bytes;
import io.kvorum.model.Command;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.support.Futures;
import io.kvorum.testing.CapturedLog;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AuthServiceTest {
  private final ServicesUnderTest member =
      new ServicesUnderTest(ServicesUnderTest.DEFAULT_RULES, voter(ServicesUnderTest.SELF));

  @AfterEach
  void stop() throws IOException {
    member.close();
  }

  private static @Nullable ErrorCode failure(CompletableFuture<?> result) {
    Throwable failure = result.handle((done, thrown) -> thrown).join();
    return failure == null ? null : ((RequestException) Futures.cause(failure)).code();
  }

  @Test
  void theLogTellsASwitchFromOneThatWasThereAlready() {
    try (CapturedLog log = CapturedLog.of(AuthService.class)) {
      AuthService auth = member.services.auth();
      auth.disable().join();
      auth.addUser("root", "", true).join();
      auth.grantRole("root", "root").join();
      auth.enable().join();
      assertThat(log.lines())
          .containsExactly("authentication was disabled already", "authentication is enabled");
    }
  }

  @Test
  void aPasswordThatIsChangedWhileItIsComparedGivesNoSignedToken() {
    AuthService auth = member.services.auth();
    auth.addUser("al", "old", false).join();
    member.enableAuth();
    Bytes newHash = new Passwords(Passwords.MIN_COST).hash("new", "here").join();
    Deque<Runnable> afterLooks = new ArrayDeque<>();
    AuthView view =
        () -> {
          AuthState seen = member.auth().state();
          Runnable next = afterLooks.poll();
          if (next != null) {
            next.run();
          }
          return seen;
        };
    try (Tokens tokens = signed();
        Passwords passwords = new Passwords(Passwords.MIN_COST)) {
      Access access =
          new Access(
              view,
              new Authenticator(view, tokens, new Services.AppliedLog(member.consensus)),
              new AccessCheck(view, member.leases),
              false);
      AuthService signing =
          new AuthService(
              access,
              member.consensus,
              new Proposals(member.consensus, new ProtobufCommandCodec(), 1 << 20),
              passwords,
              tokens);
      afterLooks.add(() -> member.administer(new AuthCommand.ChangePassword("al", newHash)));
      assertThat(failure(signing.authenticate("al", "old"))).isEqualTo(ErrorCode.AUTH_FAILED);
      assertThat(afterLooks).isEmpty();
      assertThat(signing.authenticate("al", "new").join()).isNotEmpty();
    }
  }

  private static Tokens signed() {
    SecretKeySpec secret =
        new SecretKeySpec("s".repeat(32).getBytes(StandardCharsets.UTF_8), "HmacSHA256");
    JwtKeys keys = new JwtKeys(Jwts.SIG.HS256, secret, secret);
    return new VerifiedTokens(
        new JwtTokens(keys, Duration.ofMinutes(5), Clock.systemUTC()), Clock.systemUTC());
  }

  @Test
  void aHashIsTakenAsGoDecodesIt() {
    AuthService auth = member.services.auth();
    auth.addUser("al", "old", false).join();
    String hash = new Passwords(Passwords.MIN_COST).hash("new", "here").join().toUtf8();
    String base64 = Base64.getEncoder().encodeToString(hash.getBytes(StandardCharsets.UTF_8));
    String inLines = base64.substring(0, 76) + "\r\n" + base64.substring(76) + "\n";
    for (String taken : new String[] {base64, inLines}) {
      auth.changePassword("al", "", taken).join();
      assertThat(member.auth().state().user("al").passwordHash()).isEqualTo(Bytes.utf8(hash));
    }
    for (String refused : new String[] {"YWI", "YW I=", "YW-_"}) {
      assertThat(failure(auth.changePassword("al", "", refused)))
          .as(refused)
          .isEqualTo(ErrorCode.NO_PASSWORD_USER);
    }
  }

  /** Auth is switched off, and a user given rights, by entries that this member has not applied. */
  @Test
  void aMemberThatLagsBehindRefusesNobodyWhoMayWrite() {
    member.enableAuth();
    member.addUser("al", 2, "a", "b");
    KvService ofNobody = member.services.kv().onBehalfOf(member.services.access().ofNobody());
    LeaseService leases = member.services.lease().onBehalfOf(member.services.access().ofNobody());
    AuthService ofAl = member.services.auth().onBehalfOf(member.accessOf("al"));
    member.confirmation = new CompletableFuture<>();
    Command.Put put = Command.Put.of(Bytes.utf8("k"), Bytes.EMPTY);
    CompletableFuture<?> putting = ofNobody.put(put);
    CompletableFuture<?> granting = leases.grant(7, 60);
    CompletableFuture<?> adding = ofAl.addUser("bo", "password", false);
    assertThat(putting).isNotDone();
    assertThat(granting).isNotDone();
    assertThat(adding).isNotDone();
    member.administer(new AuthCommand.Disable());
    member.confirmation.complete(null);
    putting.join();
    granting.join();
    adding.join();
  }

  @Test
  void whoIsNobodyIsNotTheUserWithTheEmptyName() {
    member.enableAuth();
    AuthService ofNobody = member.services.auth().onBehalfOf(member.services.access().ofNobody());
    assertThat(failure(ofNobody.user(""))).isEqualTo(ErrorCode.USER_EMPTY);
    assertThat(failure(member.services.auth().user(""))).isEqualTo(ErrorCode.USER_NOT_FOUND);
  }

  @Test
  void howLongALeaseMayBeIsAnsweredToUsersAlone() {
    member.enableAuth();
    LeaseService leases = member.services.lease().onBehalfOf(member.services.access().ofNobody());
    assertThat(failure(Futures.attempt(() -> leases.grant(7, Long.MAX_VALUE))))
        .isEqualTo(ErrorCode.USER_EMPTY);
    LeaseService own = member.services.lease();
    assertThat(failure(Futures.attempt(() -> own.grant(7, Long.MAX_VALUE))))
        .isEqualTo(ErrorCode.LEASE_TTL_TOO_LARGE);
  }
}
