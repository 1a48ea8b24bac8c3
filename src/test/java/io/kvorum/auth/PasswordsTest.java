package io.kvorum.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.model.Bytes;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.RequestException;
import io.kvorum.testing.CapturedLog;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class PasswordsTest {
  private static final String ADDRESS = "127.0.0.1";

  private final Passwords passwords = new Passwords(Passwords.MIN_COST, 1);

  @AfterEach
  void close() {
    passwords.close();
  }

  private boolean matches(String password, String hash) {
    return passwords.matches(password, Bytes.utf8(hash), ADDRESS).join();
  }

  private static @Nullable ErrorCode failure(CompletableFuture<?> result) {
    try {
      result.join();
      return null;
    } catch (CompletionException failed) {
      return ((RequestException) failed.getCause()).code();
    }
  }

  /** The hashes were made by the crypt function of a C library. */
  @Test
  void hashesThatOthersMadeAreUnderstood() {
    assertThat(matches("root", "$2a$04$abcdefghijklmnopqrstuufAkr.oEPMKRzIoj4GvblEuuKtPZm.pq"))
        .isTrue();
    assertThat(matches("Root", "$2a$04$abcdefghijklmnopqrstuufAkr.oEPMKRzIoj4GvblEuuKtPZm.pq"))
        .isFalse();
    assertThat(matches("", "$2a$04$abcdefghijklmnopqrstuubyCG3zY1GIXMyxfivm.ClDiInHzxjiq"))
        .isTrue();
    assertThat(
            matches("a".repeat(71), "$2a$04$abcdefghijklmnopqrstuuMCu.k1vM/ywQwiONaEn3oEMlZoCVBd6"))
        .isTrue();
  }

  @Test
  void aLongerPasswordCountsWithItsFirst72Bytes() {
    String hash = "$2a$04$abcdefghijklmnopqrstuuBzzIgyKkz7xMWYSzkIjUSnxEQFQ0WNe";
    assertThat(matches("a".repeat(71), hash)).isFalse();
    assertThat(matches("a".repeat(72), hash)).isTrue();
    assertThat(matches("a".repeat(80), hash)).isTrue();
  }

  @Test
  void aNewPasswordHasAtMost72BytesAndMayBeEmpty() {
    assertThat(failure(passwords.hash("ä".repeat(36) + "a", ADDRESS)))
        .isEqualTo(ErrorCode.PASSWORD_TOO_LONG);
    for (String password : List.of("", "a", "ä".repeat(36))) {
      String hash = passwords.hash(password, ADDRESS).join().toUtf8();
      assertThat(hash).hasSize(60).startsWith("$2a$04$");
      assertThat(matches(password, hash)).isTrue();
      assertThat(matches(password + "x", hash)).isEqualTo(password.length() == 36);
    }
  }

  @Test
  void theSamePasswordHasAnotherHashEachTime() {
    assertThat(passwords.hash("p", ADDRESS).join())
        .isNotEqualTo(passwords.hash("p", ADDRESS).join());
  }

  @Test
  void whatIsNoHashMatchesNothing() {
    assertThat(matches("", "")).isFalse();
    assertThat(matches("x", "x")).isFalse();
    assertThat(matches("x", "$2a$04$tooshort")).isFalse();
  }

  @Test
  @Timeout(60)
  void aHashThatWouldTakeDaysMatchesNothingAtOnce() {
    try (CapturedLog log = CapturedLog.of(Passwords.class)) {
      for (int cost = Passwords.MAX_COST + 1; cost <= 31; cost++) {
        assertThat(
                matches(
                    "root",
                    "$2a$" + cost + "$abcdefghijklmnopqrstuufAkr.oEPMKRzIoj4GvblEuuKtPZm.pq"))
            .isFalse();
      }
      assertThat(log.lines()).first().asString().contains("give the user a new password");
    }
  }

  /** Does nothing else until the gate is open; its queue is empty then. */
  private static Passwords heldBy(CountDownLatch gate) {
    CostlyWork thread = Passwords.work(1);
    CompletableFuture<Boolean> first =
        thread.run(
            "the first",
            () -> {
              try {
                return gate.await(30, TimeUnit.SECONDS);
              } catch (InterruptedException closed) {
                Thread.currentThread().interrupt();
                return false;
              }
            });
    assertThat(first).isNotDone();
    return new Passwords(Passwords.MIN_COST, thread);
  }

  @Test
  void aFloodFromOneAddressIsRefusedAndOthersAreServed() {
    CountDownLatch gate = new CountDownLatch(1);
    try (Passwords held = heldBy(gate)) {
      List<CompletableFuture<Bytes>> flood = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        flood.add(held.hash("p", "flooding"));
      }
      assertThat(flood.stream().filter(CompletableFuture::isCompletedExceptionally))
          .hasSize(200 - 16)
          .allSatisfy(
              refused -> assertThat(failure(refused)).isEqualTo(ErrorCode.TOO_MANY_REQUESTS));
      CompletableFuture<Bytes> other = held.hash("p", "other");
      gate.countDown();
      assertThat(other.join().length()).isEqualTo(60);
    }
  }

  @Test
  void whoHasBeenServedMayAskAgain() {
    for (int i = 0; i < 50; i++) {
      assertThat(passwords.hash("p", ADDRESS).join().length()).isEqualTo(60);
    }
  }

  @Test
  void manyAddressesTogetherDoNotFillMoreThanTheQueue() {
    CountDownLatch gate = new CountDownLatch(1);
    try (Passwords held = heldBy(gate)) {
      List<CompletableFuture<Bytes>> flood = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        flood.add(held.hash("p", "address " + i));
      }
      assertThat(flood.stream().filter(CompletableFuture::isCompletedExceptionally))
          .hasSize(200 - 64);
      gate.countDown();
    }
  }
}
