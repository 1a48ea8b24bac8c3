package io.kvorum.ctl.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class GoJsonTest {
  @Test
  void emptyFieldsAreLeftOut() {
    assertThat(
            new GoJson()
                .text("a", "")
                .unsigned("b", 0)
                .signed("c", 0)
                .flag("d", false)
                .texts("e", List.of())
                .done())
        .isEqualTo("{}");
  }

  @Test
  void fieldsAreInOrderAndUnsignedNumbersHaveNoSign() {
    assertThat(
            new GoJson()
                .unsigned("id", -1)
                .signed("rev", -1)
                .flag("ok", true)
                .texts("urls", List.of("a", "b"))
                .done())
        .isEqualTo("{\"id\":18446744073709551615,\"rev\":-1,\"ok\":true,\"urls\":[\"a\",\"b\"]}");
  }

  @Test
  void textsAreEscapedAsByGoWhichThinksOfHtml() {
    assertThat(GoJson.quoted("<a href=\"x\\\">&\n\u0001\u2028é"))
        .isEqualTo("\"\\u003ca href=\\\"x\\\\\\\"\\u003e\\u0026\\n\\u0001\\u2028é\"");
  }

  @Test
  void aSliceToWhichNothingWasAddedIsNull() {
    assertThat(GoJson.slice(List.of())).isEqualTo("null");
    assertThat(GoJson.slice(List.of("{}", "{}"))).isEqualTo("[{},{}]");
  }
}
