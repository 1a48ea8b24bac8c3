package io.kvorum.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class BytesTest {
  private static Bytes of(int... values) {
    byte[] array = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      array[i] = (byte) values[i];
    }
    return Bytes.wrap(array);
  }

  @Test
  void theOrderIsThatOfUnsignedBytesAndAPrefixComesFirst() {
    List<Bytes> ordered =
        List.of(Bytes.EMPTY, of(0), of(0, 0), of(1), of(0x7f), of(0x80), of(0xff), of(0xff, 0));
    assertThat(new TreeSet<>(ordered)).containsExactlyElementsOf(ordered);
  }

  @Test
  void equalBytesAreEqualWhateverArrayTheyShare() {
    assertThat(of('k', 0xff)).isEqualTo(of('k', 0xff)).hasSameHashCodeAs(of('k', 0xff));
    assertThat(of('k')).isNotEqualTo(of('k', 0));
  }

  @Test
  void textIsUtf8() {
    assertThat(Bytes.utf8("ü")).isEqualTo(of(0xc3, 0xbc));
  }
}
