package io.kvorum.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvorum.derby.DerbyHistory;
import io.kvorum.derby.HistoryDirectories;
import io.kvorum.model.Revision;
import io.kvorum.mvcc.MvccStore;
import io.kvorum.mvcc.SnapshotStaging;
import io.kvorum.mvcc.StoreSettings;
import io.kvorum.mvcc.StoreSnapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryStagingAreaTest {
  private static final StoreSnapshot.Header HEADER =
      new StoreSnapshot.Header(7, 1, 1, Revision.NEVER_COMPACTED, Map.of(), 0);

  @TempDir Path member;

  @Test
  void whatCannotBeOpenedIsDroppedButNeverWhatIsOpen() throws IOException {
    HistoryDirectories directories = HistoryDirectories.in(member);
    try (MvccStore store =
        new MvccStore(
            new DerbyHistory(directories.current()),
            new StoreSettings(1 << 20, 1 << 20, 1 << 20),
            failure -> {})) {
      DirectoryStagingArea place =
          new DirectoryStagingArea(directories, where -> store.stage(new DerbyHistory(where)));
      Files.createDirectories(directories.incoming().resolve("seg0"));
      Files.writeString(directories.incoming().resolve("service.properties"), "nonsense");
      try (SnapshotStaging damaged = place.open()) {
        assertThatThrownBy(() -> damaged.begin(HEADER)).isInstanceOf(IOException.class);
      }
      assertThat(place.clear()).isTrue();
      assertThat(directories.incoming()).doesNotExist();
      try (SnapshotStaging staged = place.open()) {
        assertThat(staged.begin(HEADER)).isEqualTo(new Revision(0, 0));
        assertThat(place.clear()).as("while it is open").isFalse();
        assertThat(directories.incoming()).isDirectoryContaining("glob:**service.properties");
        staged.complete();
      }
    }
  }
}
