package io.kvorum.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.model.Bytes;
import io.kvorum.model.KeyValue;
import io.kvorum.model.Result;
import io.kvorum.rest.json.MessageToJson;
import io.kvorum.service.Header;
import io.kvorum.service.RangeScan;
import io.kvorum.wire.KvWire;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RangeJsonTest {
  private static final Header HEADER = new Header(1, 2, 77, 3);

  @ParameterizedTest
  @CsvSource({
    "0, 1, 0, false",
    "1, 1, 1, false",
    "3, 1, 3, true",
    "3, 3, 9, true",
    "100, 7, 100, false",
    "0, 1, 5, true",
  })
  void thePiecesTogetherAreTheWholeMessage(int keys, int pieces, long count, boolean more) {
    List<KeyValue> kvs = new ArrayList<>();
    for (int i = 0; i < keys; i++) {
      kvs.add(new KeyValue(Bytes.utf8("k" + i), Bytes.wrap(new byte[i]), 2, 2 + i, 1, i % 2));
    }
    String whole =
        new String(
            MessageToJson.write(KvWire.response(HEADER, new Result.Range(77, kvs, more, count))),
            StandardCharsets.UTF_8);

    RangeJson json = new RangeJson(revision -> HEADER);
    StringBuilder together = new StringBuilder();
    for (int i = 0; i < pieces; i++) {
      boolean isLast = i == pieces - 1;
      List<KeyValue> part = kvs.subList(keys * i / pieces, keys * (i + 1) / pieces);
      together.append(
          new String(
              json.write(
                      new RangeScan.Piece(
                          new Result.Range(77, part, more || !isLast, count), i == 0, isLast))
                  .toByteArray(),
              StandardCharsets.UTF_8));
    }
    assertThat(together).hasToString(whole);
  }
}
