package io.kvorum.rest;

import com.google.protobuf.Message;
import io.kvorum.rest.json.JsonBuffer;
import io.kvorum.rest.json.MessageToJson;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.ext.MessageBodyWriter;
import jakarta.ws.rs.ext.Provider;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.annotation.Annotation;
import java.lang.reflect.Type;

/**
 * Writes messages as JSON, whatever the client accepts. Stateless.
 *
 * <p>Held by: JsonKvIT.
 */
@Provider
@Produces(MediaType.WILDCARD)
public final class MessageWriter implements MessageBodyWriter<Message> {
  @Override
  public boolean isWriteable(
      Class<?> type, Type genericType, Annotation[] annotations, MediaType mediaType) {
    return Message.class.isAssignableFrom(type);
  }

  @Override
  public void writeTo(
      Message message,
      Class<?> type,
      Type genericType,
      Annotation[] annotations,
      MediaType mediaType,
      MultivaluedMap<String, Object> headers,
      OutputStream body)
      throws IOException {
    JsonBuffer json = MessageToJson.buffer(message);
    headers.putSingle(HttpHeaders.CONTENT_TYPE, MediaType.APPLICATION_JSON);
    headers.putSingle(HttpHeaders.CONTENT_LENGTH, Integer.toString(json.length()));
    json.writeTo(body);
  }
}
