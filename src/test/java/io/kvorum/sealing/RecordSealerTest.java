package io.kvorum.sealing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordSealerTest {
  private static final byte[] CONTENT = "the value of a key".getBytes(UTF_8);
  private static final Place HERE = Place.entry(7, 2);

  @TempDir private Path directory;
  private Path database;
  private Path keyFile;

  @BeforeEach
  void makeADatabase() throws IOException {
    database = Files.createDirectory(directory.resolve("db"));
    keyFile = KeyFiles.write(directory.resolve("keys"), "k1");
  }

  private Sealing sealing() throws IOException {
    return Sealing.of(keyFile);
  }

  /** A new database, as its creation leaves it. */
  private RecordSealer created() throws IOException {
    new RecordSealer(sealing(), database).begin(database);
    return opened();
  }

  private RecordSealer opened() throws IOException {
    RecordSealer sealer = new RecordSealer(sealing(), database);
    sealer.load();
    return sealer;
  }

  @Test
  void whatWasSealedIsOpenedInItsPlaceByTheNextProcess() throws IOException {
    for (Place place : List.of(HERE, Place.page(1, 0), Place.fact("lease/1"))) {
      byte[] sealed = created().seal(CONTENT, place);
      assertThat(new String(sealed, UTF_8)).doesNotContain("value", "key");
      assertThat(sealed).hasSize(CONTENT.length + RecordSealer.OVERHEAD_BYTES);
      assertThat(opened().open(sealed, place)).isEqualTo(CONTENT);
    }
  }

  @Test
  void anEmptyRecordIsSealedToo() throws IOException {
    byte[] sealed = created().seal(new byte[0], HERE);
    assertThat(opened().open(sealed, HERE)).isEmpty();
  }

  @Test
  void eachChangedByteIsNoticed() throws IOException {
    RecordSealer sealer = created();
    byte[] sealed = sealer.seal(CONTENT, HERE);
    for (int at = 0; at < sealed.length; at++) {
      byte[] changed = sealed.clone();
      changed[at] ^= 0x10;
      assertThatThrownBy(() -> sealer.open(changed, HERE))
          .as("byte %d", at)
          .isInstanceOf(BrokenSealException.class);
    }
  }

  @Test
  void eachTruncationIsNoticed() throws IOException {
    RecordSealer sealer = created();
    byte[] sealed = sealer.seal(CONTENT, HERE);
    for (int length = 0; length < sealed.length; length++) {
      byte[] cut = Arrays.copyOf(sealed, length);
      assertThatThrownBy(() -> sealer.open(cut, HERE))
          .as("%d bytes", length)
          .isInstanceOf(BrokenSealException.class);
    }
  }

  @Test
  void aRecordInAnotherPlaceIsNoticed() throws IOException {
    RecordSealer sealer = created();
    byte[] sealed = sealer.seal(CONTENT, HERE);
    for (Place other :
        List.of(Place.entry(8, 2), Place.entry(7, 3), Place.page(7, 2), Place.fact("7"))) {
      assertThatThrownBy(() -> sealer.open(sealed, other)).isInstanceOf(BrokenSealException.class);
    }
    byte[] page = sealer.seal(CONTENT, Place.page(5, 0));
    assertThatThrownBy(() -> sealer.open(page, Place.page(5, 1)))
        .isInstanceOf(BrokenSealException.class);
    byte[] fact = sealer.seal(CONTENT, Place.fact("alarm/1/NOSPACE"));
    assertThatThrownBy(() -> sealer.open(fact, Place.fact("alarm/2/NOSPACE")))
        .isInstanceOf(BrokenSealException.class);
  }

  @Test
  void aRecordInTheClearIsNoticedWhereAllIsSealed() throws IOException {
    RecordSealer sealer = created();
    assertThatThrownBy(() -> sealer.open(CONTENT, HERE))
        .isInstanceOf(BrokenSealException.class)
        .hasMessageContaining("in the clear");
  }

  @Test
  void noNonceComesTwiceUnderOneDataKeyFromManyThreadsAndOverRestarts() throws Exception {
    Set<ByteBuffer> nonces = new HashSet<>();
    ExecutorService threads = Executors.newFixedThreadPool(4);
    int records = 0;
    try {
      for (int start = 0; start < 3; start++) {
        RecordSealer sealer = created();
        Callable<List<byte[]>> sealing =
            () -> {
              List<byte[]> sealed = new ArrayList<>();
              for (int i = 0; i < 500; i++) {
                sealed.add(sealer.seal(CONTENT, HERE));
              }
              return sealed;
            };
        for (Future<List<byte[]>> sealed : threads.invokeAll(List.of(sealing, sealing, sealing))) {
          for (byte[] record : sealed.get()) {
            int saltAt = 4 + MasterKey.FINGERPRINT_BYTES;
            int end = saltAt + DataKey.SALT_BYTES + Long.BYTES;
            nonces.add(ByteBuffer.wrap(Arrays.copyOfRange(record, saltAt, end)));
            records++;
          }
        }
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(nonces).hasSize(records).hasSize(4_500);
  }

  @Test
  void theListIsDurableBeforeTheFirstRecordOfAKey() throws IOException {
    Sealing sealing = sealing();
    RecordSealer sealer = new RecordSealer(sealing, database);
    sealer.load();
    assertThat(sealer.list().hasPlain()).as("a database of an earlier version").isTrue();
    byte[] plain = CONTENT.clone();
    sealer.seal(CONTENT, HERE);
    assertThat(opened().list().keys()).extracting(KeyList.Name::id).containsExactly("k1");
    assertThat(opened().open(plain, HERE)).as("not rewritten yet").isEqualTo(CONTENT);
  }

  @Test
  void aReplacedKeySealsWhatIsNewAndTheFormerOneOpensWhatIsThere() throws IOException {
    Sealing sealing = sealing();
    new RecordSealer(sealing, database).begin(database);
    RecordSealer sealer = new RecordSealer(sealing, database);
    sealer.load();
    byte[] former = sealer.seal(CONTENT, HERE);
    KeyFiles.write(keyFile, "k2", "k1");
    sealing.reread(List.of(sealer.list()));
    byte[] next = sealer.seal(CONTENT, HERE);
    assertThat(sealer.open(former, HERE)).isEqualTo(CONTENT);
    assertThat(sealer.open(next, HERE)).isEqualTo(CONTENT);
    assertThat(sealer.list().keys()).extracting(KeyList.Name::id).containsExactly("k2", "k1");
    sealer.keepOnly(sealing.keys(), sealer.list());
    KeyFiles.write(keyFile, "k2");
    RecordSealer later = opened();
    assertThat(later.open(next, HERE)).isEqualTo(CONTENT);
    assertThatThrownBy(() -> later.open(former, HERE))
        .isInstanceOf(BrokenSealException.class)
        .hasMessageContaining("none of the keys");
  }

  @Test
  void afterPlainWhatIsNewIsInTheClear() throws IOException {
    byte[] sealed = created().seal(CONTENT, HERE);
    KeyFiles.write(keyFile, "plain", "k1");
    RecordSealer sealer = opened();
    assertThat(sealer.seal(CONTENT, HERE)).isEqualTo(CONTENT);
    assertThat(sealer.open(sealed, HERE)).isEqualTo(CONTENT);
    assertThat(sealer.list().hasPlain()).isTrue();
    sealer.keepOnly(sealer.keys(), sealer.list());
    assertThat(database.resolve(KeyList.FILE)).doesNotExist();
    assertThatCode(() -> new RecordSealer(Sealing.off(), database).load())
        .doesNotThrowAnyException();
  }

  @Test
  void aListThatGrewWhileItWasRewrittenKeepsItsKeys() throws IOException {
    Sealing sealing = sealing();
    new RecordSealer(sealing, database).begin(database);
    RecordSealer sealer = new RecordSealer(sealing, database);
    sealer.load();
    KeyList begun = sealer.list();
    KeyFiles.write(keyFile, "k2", "k1");
    sealing.reread(List.of());
    MasterKeys second = sealing.keys();
    KeyFiles.write(keyFile, "k3", "k2", "k1");
    sealing.reread(List.of());
    byte[] meanwhile = sealer.seal(CONTENT, HERE);
    sealer.keepOnly(second, begun);
    assertThat(sealer.list().keys()).extracting(KeyList.Name::id).containsExactly("k3", "k1");
    assertThat(sealer.open(meanwhile, HERE)).isEqualTo(CONTENT);
  }
}
