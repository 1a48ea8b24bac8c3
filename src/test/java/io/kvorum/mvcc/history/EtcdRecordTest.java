package io.kvorum.mvcc.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.model.Bytes;
import io.kvorum.model.Change;
import io.kvorum.model.KeyValue;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class EtcdRecordTest {
  private static String hex(byte[] bytes) {
    return HexFormat.of().withUpperCase().formatHex(bytes);
  }

  private static Change put(long main, int sub, String key, String value, long lease) {
    return new Change(sub, new KeyValue(Bytes.utf8(key), Bytes.utf8(value), main, main, 1, lease));
  }

  @Test
  void recordsAreThoseOfEtcd() {
    Change foo = put(2, 0, "foo", "bar", 0);
    assertThat(hex(EtcdRecord.key(foo))).isEqualTo("0000000000000002" + "5F" + "0000000000000000");
    assertThat(hex(EtcdRecord.value(foo))).isEqualTo("0A03666F6F1002180220012A03626172");
    assertThat(hex(EtcdRecord.key(put(2, 1, "y", "2", 0))))
        .isEqualTo("00000000000000025F0000000000000001");
    assertThat(hex(EtcdRecord.value(put(3, 0, "l", "v", 77))))
        .isEqualTo("0A016C1003180320012A0176304D");
    Change deleted = new Change(0, KeyValue.tombstone(Bytes.utf8("x"), 4));
    assertThat(hex(EtcdRecord.key(deleted))).isEqualTo("00000000000000045F000000000000000074");
    assertThat(hex(EtcdRecord.value(deleted))).isEqualTo("0A0178");
    assertThat(hex(EtcdRecord.value(put(3, 0, "l", "", -5))))
        .isEqualTo("0A016C10031803200130FBFFFFFFFFFFFFFFFF01");
  }

  @Test
  void theEntryThatMovesTheRevisionOnHasAnEmptyValue() {
    assertThat(EtcdRecord.value(put(1_005, 0, "", "", 0))).isEmpty();
  }

  @Test
  void thePageKnowsHowLongItsRecordsAre() {
    Random random = new Random(11);
    for (int i = 0; i < 200; i++) {
      long main = 1 + (random.nextLong() >>> (1 + random.nextInt(62)));
      Bytes key = Bytes.utf8("k".repeat(1 + random.nextInt(300)));
      Bytes value = Bytes.wrap(new byte[random.nextInt(3) * random.nextInt(20_000)]);
      KeyValue kv =
          random.nextInt(4) == 0
              ? KeyValue.tombstone(key, main)
              : new KeyValue(
                  key, value, 1 + main / 2, main, 1 + random.nextInt(9), random.nextInt(2));
      List<Change> changes = List.of(new Change(random.nextInt(9), kv));
      int bytes = EtcdRecord.key(changes.get(0)).length + EtcdRecord.value(changes.get(0)).length;
      assertThat(EtcdRecord.bytes(changes)).isEqualTo(bytes);
      assertThat(PageCodec.outline(PageCodec.encode(changes)).recordBytes()).isEqualTo(bytes);
    }
  }
}
