package io.kvorum.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class HeldBytesTest {
  private final HeldBytes held = new HeldBytes(100);
  private final List<String> gone = new ArrayList<>();

  private HeldBytes.Holder holder(String name) {
    HeldBytes.Holder[] holder = new HeldBytes.Holder[1];
    holder[0] =
        held.holder(
            () -> {
              gone.add(name);
              holder[0].set(0);
            });
    return holder[0];
  }

  @Test
  void theOnesThatHaveHeldLongestLetGo() {
    HeldBytes.Holder a = holder("a");
    HeldBytes.Holder b = holder("b");
    HeldBytes.Holder c = holder("c");
    a.set(40);
    b.set(40);
    a.set(20);
    c.set(41);
    assertThat(gone).containsExactly("a");
    assertThat(held.sum()).isEqualTo(81);
    b.set(70);
    assertThat(gone).containsExactly("a", "b");
    assertThat(held.sum()).isEqualTo(41);
  }

  @Test
  void whoHasLetGoInTheMeantimeIsYoungAgain() {
    HeldBytes.Holder a = holder("a");
    HeldBytes.Holder b = holder("b");
    a.set(60);
    b.set(30);
    a.set(0);
    a.set(80);
    assertThat(gone).containsExactly("b");
  }

  @Test
  void oneThatIsAloneMayHoldAnyNumber() {
    HeldBytes.Holder a = holder("a");
    a.set(1000);
    assertThat(gone).isEmpty();
    holder("b").set(1);
    assertThat(gone).containsExactly("a");
    assertThat(held.sum()).isEqualTo(1);
  }
}
