package io.kvorum.backup;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BackupNameTest {
  private static final Instant TIME = Instant.parse("2026-11-30T13:00:00.987Z");

  @Test
  void aNameSaysClusterTimeAndRevision() {
    BackupName name = new BackupName(0xfced5118d6805183L, TIME, 1234, false);
    assertThat(name.fileName()).isEqualTo("kvorum-fced5118d6805183-20261130T130000Z-1234.db");
    assertThat(BackupName.parse(name.fileName())).contains(name);
    assertThat(name.time()).isEqualTo(Instant.parse("2026-11-30T13:00:00Z"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "kvorum-fced5118d6805183-20261130T130000Z-1234.db.1.partial",
        "kvorum-fced5118d6805183-20261130T130000Z-1234.db.old",
        "kvorum-fced5118d6805183-20261130T130000Z-1234.DB",
        "kvorum-fced5118d6805183-20261130T130000Z-01234.db",
        "kvorum-0ced5118d6805183-20261130T130000Z-1234.db",
        "kvorum-fced5118d6805183-20261330T130000Z-1234.db",
        "kvorum-fced5118d6805183-20261130T250000Z-1234.db",
        "kvorum-fced5118d6805183-20261130T130000Z-.db",
        "kvorum-fced5118d6805183-20261130T130000Z-1234-copy.db",
        "kvorum-20261130T130000Z-1234.db",
        "my-kvorum-fced5118d6805183-20261130T130000Z-1234.db",
        "backup.db",
        ""
      })
  void whatHasNotExactlyThisFormIsNone(String file) {
    assertThat(BackupName.parse(file)).isEmpty();
  }

  @Test
  void theyAreOrderedByTimeFirst() {
    BackupName first = new BackupName(2, TIME, 50, false);
    BackupName second = new BackupName(1, TIME.plusSeconds(1), 7, false);
    BackupName third = new BackupName(1, TIME.plusSeconds(1), 8, false);
    assertThat(Stream.of(third, first, second).sorted()).containsExactly(first, second, third);
  }
}
