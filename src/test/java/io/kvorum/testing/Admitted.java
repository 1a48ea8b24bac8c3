package io.kvorum.testing;

import io.kvorum.service.Access;
import io.kvorum.service.Admission;
import io.kvorum.service.Caller;
import io.kvorum.service.Entrance;
import io.kvorum.service.Open;
import java.net.InetSocketAddress;
import java.util.function.BiConsumer;

/** Entrances that admit every call, for tests that are about something else. */
public final class Admitted {
  public static final Admission ALL = by((caller, request) -> {});

  /** A client without certificate and token. */
  public static final Caller SOMEBODY =
      Caller.of(new InetSocketAddress("127.0.0.1", 40_000), false, null, Caller.Face.JSON);

  private Admitted() {}

  /** Those that a check lets pass; they need nothing else. */
  public static Admission by(BiConsumer<Caller, Object> check) {
    return new Admission() {
      @Override
      public Access.Need need(Object request) {
        return Access.Need.NOTHING;
      }

      @Override
      public void check(Caller caller, Object request) {
        check.accept(caller, request);
      }
    };
  }

  public static <S> Entrance<S> to(S service) {
    return Open.entrance(ALL, service);
  }
}
