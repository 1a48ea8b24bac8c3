package io.kvorum.peer.grpc.wire;

import io.kvorum.consensus.PeerMessage;
import io.kvorum.consensus.WriteAheadLog;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Messages of every kind that there is, made from the components of its record. */
public final class RandomPeerMessages {
  private final Random random;

  public RandomPeerMessages(Random random) {
    this.random = random;
  }

  public static List<Class<?>> kinds() {
    return List.of(PeerMessage.class.getPermittedSubclasses());
  }

  public PeerMessage any() {
    List<Class<?>> kinds = kinds();
    return of(kinds.get(random.nextInt(kinds.size())));
  }

  public PeerMessage of(Class<?> kind) {
    if (kind == PeerMessage.Append.class) {
      return append(random.nextInt(5), 300);
    }
    RecordComponent[] components = kind.getRecordComponents();
    Class<?>[] types =
        Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
    Object[] values =
        Arrays.stream(components).map(part -> value(part.getType(), part.getName())).toArray();
    try {
      return (PeerMessage) kind.getDeclaredConstructor(types).newInstance(values);
    } catch (ReflectiveOperationException failure) {
      throw new AssertionError(failure);
    }
  }

  public PeerMessage.Append append(int count, int maxBytes) {
    long previous = number();
    List<WriteAheadLog.Entry> entries = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      entries.add(
          new WriteAheadLog.Entry(previous + i, (int) small(), bytes(random.nextInt(maxBytes))));
    }
    return new PeerMessage.Append(
        (int) small(), (int) small(), previous, number(), entries, number(), number());
  }

  private Object value(Class<?> type, String name) {
    if (type == int.class) {
      return (int) small();
    } else if (type == long.class) {
      return name.equals("origin") ? random.nextLong() : (Object) number();
    } else if (type == boolean.class) {
      return random.nextBoolean();
    } else if (type == byte[].class) {
      return bytes(random.nextInt(1000));
    } else if (type.isEnum()) {
      return type.getEnumConstants()[random.nextInt(type.getEnumConstants().length)];
    }
    throw new AssertionError("nothing random for " + type);
  }

  private long number() {
    return random.nextLong() >>> (1 + random.nextInt(62));
  }

  private long small() {
    return random.nextInt() >>> (1 + random.nextInt(30));
  }

  private byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }
}
