package io.kvorum.rest;

import com.google.protobuf.Internal;
import com.google.protobuf.Message;
import com.google.protobuf.MessageLite;
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

/**
 * Reads request bodies as messages, whatever their content type: curl claims a form. Thread-safe.
 *
 * <p>Held by: JsonKvIT.
 */
@Provider
@Consumes(MediaType.WILDCARD)
public final class MessageReader implements MessageBodyReader<Message> {
  private static final ClassValue<MessageLite> PROTOTYPES =
      new ClassValue<>() {
        @Override
        protected MessageLite computeValue(Class<?> type) {
          return Internal.getDefaultInstance(type.asSubclass(Message.class));
        }
      };

  /** Not in the constructor: Liberty accepts only providers without constructor arguments. */
  @Inject private RequestBodies bodies;

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
    Message.Builder builder = (Message.Builder) PROTOTYPES.get(type).newBuilderForType();
    return bodies.read(body, -1, builder).build();
  }
}
