package io.kvorum.rest.json;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import io.kvorum.proto.etcdserverpb.RpcProto;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Protobuf's own JSON is the oracle: both must understand each other. */
class RandomMessagesTest {
  private static final int MESSAGES_PER_TYPE = 60;
  private static final long SEED = Long.getLong("kvorum.seed", System.nanoTime());

  @Test
  void everyMessageOfTheApiSurvivesBothWaysAndReadsTheSameToProtobuf()
      throws InvalidProtocolBufferException {
    Random random = new Random(SEED);
    for (Descriptor type : RpcProto.getDescriptor().getMessageTypes()) {
      for (int i = 0; i < MESSAGES_PER_TYPE; i++) {
        check(randomMessage(type, random, 0));
      }
    }
  }

  private static void check(Message message) throws InvalidProtocolBufferException {
    byte[] json = MessageToJson.write(message);
    String text = new String(json, StandardCharsets.UTF_8);
    Message.Builder ours = message.newBuilderForType();
    assertThat(JsonToMessage.read(json, ours).build())
        .as("seed %d: %s", SEED, text)
        .isEqualTo(message);

    Message.Builder theirs = message.newBuilderForType();
    JsonFormat.parser().merge(text, theirs);
    assertThat(theirs.build()).as("seed %d: %s", SEED, text).isEqualTo(message);

    String printed = JsonFormat.printer().preservingProtoFieldNames().print(message);
    Message.Builder again = message.newBuilderForType();
    assertThat(JsonToMessage.read(printed.getBytes(StandardCharsets.UTF_8), again).build())
        .as("seed %d: %s", SEED, printed)
        .isEqualTo(message);
  }

  private static Message randomMessage(Descriptor type, Random random, int depth) {
    DynamicMessage.Builder message = DynamicMessage.newBuilder(type);
    for (FieldDescriptor field : type.getFields()) {
      if (random.nextInt(3) == 0 || (isMessage(field) && depth > 3)) {
        continue;
      }
      if (field.isRepeated()) {
        for (int i = random.nextInt(4); i > 0; i--) {
          message.addRepeatedField(field, randomValue(field, random, depth));
        }
      } else {
        // A later field of a oneof replaces the earlier one.
        message.setField(field, randomValue(field, random, depth));
      }
    }
    return message.build();
  }

  private static boolean isMessage(FieldDescriptor field) {
    return field.getJavaType() == FieldDescriptor.JavaType.MESSAGE;
  }

  private static Object randomValue(FieldDescriptor field, Random random, int depth) {
    return switch (field.getJavaType()) {
      case BYTE_STRING -> randomBytes(random);
      case STRING -> randomText(random);
      case BOOLEAN -> random.nextBoolean();
      case LONG -> random.nextInt(4) == 0 ? random.nextInt(3) - 1L : random.nextLong();
      case INT -> random.nextInt();
      case ENUM -> {
        List<?> values = field.getEnumType().getValues();
        yield values.get(random.nextInt(values.size()));
      }
      case MESSAGE -> randomMessage(field.getMessageType(), random, depth + 1);
      case FLOAT, DOUBLE -> throw new AssertionError("no such field in the API: " + field);
    };
  }

  private static ByteString randomBytes(Random random) {
    byte[] bytes = new byte[random.nextInt(20)];
    random.nextBytes(bytes);
    return ByteString.copyFrom(bytes);
  }

  private static String randomText(Random random) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(8); i > 0; i--) {
      int kind = random.nextInt(4);
      text.appendCodePoint(
          kind == 0
              ? random.nextInt(0x20)
              : kind == 1 ? 0x1f600 + random.nextInt(16) : 0x20 + random.nextInt(0xa0));
    }
    return text.toString();
  }
}
