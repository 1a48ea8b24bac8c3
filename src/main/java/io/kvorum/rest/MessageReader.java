package io.kvorum.rest;

import com.google.protobuf.Internal;
import com.google.protobuf.Message;
import com.google.protobuf.MessageLite;
import io.grpc.Status;
import io.kvorum.rest.json.JsonToMessage;
import jakarta.inject.Inject;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.ext.MessageBodyReader;
import jakarta.ws.rs.ext.Provider;
import java.io.IOException;
import java.io.InputStream;
import java.lang.annotation.Annotation;
import java.lang.reflect.Type;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Request bodies as messages, whatever content type they claim: curl claims a form. */
@Provider
@Consumes(MediaType.WILDCARD)
public final class MessageReader implements MessageBodyReader<Message> {
  /** What a request may be larger than its limit before it is not even looked at. */
  private static final int OVERHEAD_BYTES = 512 * 1024;

  private static final ClassValue<MessageLite> PROTOTYPES =
      new ClassValue<>() {
        @Override
        protected MessageLite computeValue(Class<?> type) {
          return Internal.getDefaultInstance(type.asSubclass(Message.class));
        }
      };

  // Liberty takes providers without constructor arguments only.
  @Inject
  @ConfigProperty(name = "kvorum.max-request-bytes", defaultValue = "1572864")
  private int maxRequestBytes;

  @Override
  public boolean isReadable(
      Class<?> type, Type genericType, Annotation[] annotations, MediaType mediaType) {
    return Message.class.isAssignableFrom(type);
  }

  @Override
  public Message readFrom(
      Class<Message> type,
      Type genericType,
      Annotation[] annotations,
      MediaType mediaType,
      MultivaluedMap<String, String> headers,
      InputStream body)
      throws IOException {
    int maxMessageBytes = maxRequestBytes + OVERHEAD_BYTES;
    int maxJsonBytes = maxMessageBytes * 2;
    byte[] json = body.readNBytes(maxJsonBytes + 1);
    if (json.length > maxJsonBytes) {
      throw tooLarge(json.length, maxJsonBytes);
    }
    Message.Builder builder = (Message.Builder) PROTOTYPES.get(type).newBuilderForType();
    Message message = JsonToMessage.read(json, builder).build();
    if (json.length > maxMessageBytes && message.getSerializedSize() > maxMessageBytes) {
      throw tooLarge(message.getSerializedSize(), maxMessageBytes);
    }
    return message;
  }

  private static RuntimeException tooLarge(int size, int limit) {
    return Status.RESOURCE_EXHAUSTED
        .withDescription("grpc: received message larger than max (" + size + " vs. " + limit + ")")
        .asRuntimeException();
  }
}
