package io.kvorum.service;

import io.kvorum.apply.AccessCheck;
import io.kvorum.auth.AuthListener;
import io.kvorum.auth.AuthTable;
import io.kvorum.auth.Authenticator;
import io.kvorum.auth.SimpleTokens;
import io.kvorum.lease.LeaseTable;
import io.kvorum.watch.WatchHub;
import java.util.concurrent.CompletableFuture;

/** Services as they are while auth is off, for tests that are about something else. */
public final class Open {
  private static final AuthTable OFF = new AuthTable(AuthListener.NONE);

  private Open() {}

  public static Access access() {
    return new Access(
        OFF,
        new Authenticator(
            OFF,
            new SimpleTokens(SimpleTokens.DEFAULT_TTL, System::nanoTime),
            new Authenticator.LogPosition() {
              @Override
              public long appliedIndex() {
                return 0;
              }

              @Override
              public CompletableFuture<Void> catchUp() {
                return CompletableFuture.completedFuture(null);
              }
            }),
        new AccessCheck(OFF, new LeaseTable()),
        false);
  }

  public static <S> Entrance<S> entrance(Admission admission, S service) {
    return entrance(admission, Journal.NONE, service);
  }

  public static <S> Entrance<S> entrance(Admission admission, Journal journal, S service) {
    return new Entrance<>(admission, journal, access(), caller -> service);
  }

  public static WatchService watch(WatchHub hub, Admission admission) {
    return watch(hub, admission, Journal.NONE);
  }

  public static WatchService watch(WatchHub hub, Admission admission, Journal journal) {
    return new WatchService(hub, admission, journal, access());
  }
}
