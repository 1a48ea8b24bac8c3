package io.kvorum.conformance;

import com.google.gson.JsonObject;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import io.grpc.CallOptions;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.AbstractStub;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.kvorum.proto.etcdserverpb.AuthGrpc;
import io.kvorum.proto.etcdserverpb.AuthenticateRequest;
import io.kvorum.testing.Channels;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Calls a server with one token or none, over gRPC and over JSON, and says how each call ended:
 * {@code OK}, or the name of the code and the text. Confined to one thread.
 */
final class AuthClient implements AutoCloseable {
  static final String OK = "OK";

  private static final Metadata.Key<String> TOKEN =
      Metadata.Key.of("token", Metadata.ASCII_STRING_MARSHALLER);
  private static final Duration AT_MOST = Duration.ofSeconds(60);

  /** The two ways to a server. */
  enum Face {
    GRPC,
    JSON
  }

  /**
   * A method of the API.
   *
   * @param path null if it is not served as JSON
   */
  record Rpc<Q extends Message, A extends Message>(
      MethodDescriptor<Q, A> method, @Nullable String path) {}

  private final URI endpoint;
  private final ManagedChannel channel;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(AT_MOST).build();

  AuthClient(URI endpoint) {
    this.endpoint = endpoint;
    this.channel = Channels.to(endpoint);
  }

  ManagedChannel channel() {
    return channel;
  }

  static Metadata withToken(@Nullable String token) {
    Metadata headers = new Metadata();
    if (token != null) {
      headers.put(TOKEN, token);
    }
    return headers;
  }

  /** A stub whose calls carry the token, or none. */
  static <S extends AbstractStub<S>> S as(@Nullable String token, S stub) {
    return stub.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(withToken(token)));
  }

  /** The answer; throws StatusRuntimeException. */
  <Q extends Message, A extends Message> A call(Rpc<Q, A> rpc, Metadata headers, Q request) {
    return ClientCalls.blockingUnaryCall(
        ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(headers)),
        rpc.method(),
        CallOptions.DEFAULT.withDeadlineAfter(AT_MOST.toMillis(), TimeUnit.MILLISECONDS),
        request);
  }

  /** How the call ends. */
  <Q extends Message, A extends Message> String outcome(
      Face face, Rpc<Q, A> rpc, @Nullable String token, Q request) {
    return face == Face.GRPC
        ? outcome(rpc, withToken(token), request)
        : outcomeOf(post(rpc, token, request));
  }

  <Q extends Message, A extends Message> String outcome(
      Rpc<Q, A> rpc, Metadata headers, Q request) {
    try {
      A answer = call(rpc, headers, request);
      return answer == null ? "no answer" : OK;
    } catch (StatusRuntimeException failure) {
      return textOf(failure.getStatus());
    }
  }

  static String textOf(Status status) {
    return status.getCode() + " " + status.getDescription();
  }

  /** The answer over HTTP. */
  <Q extends Message, A extends Message> HttpResponse<String> post(
      Rpc<Q, A> rpc, @Nullable String token, Q request) {
    try {
      HttpRequest.Builder post =
          HttpRequest.newBuilder(endpoint.resolve(rpc.path()))
              .timeout(AT_MOST)
              .POST(HttpRequest.BodyPublishers.ofString(JsonFormat.printer().print(request)));
      if (token != null) {
        post.header("Authorization", token);
      }
      return http.send(post.build(), HttpResponse.BodyHandlers.ofString());
    } catch (InvalidProtocolBufferException impossible) {
      throw new AssertionError("the request is a message", impossible);
    } catch (IOException e) {
      throw new AssertionError("no answer from " + rpc.path(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  private static String outcomeOf(HttpResponse<String> response) {
    if (response.statusCode() == 200) {
      return OK;
    }
    JsonObject error = Json.object(response.body());
    if (!error.has("code")) {
      return response.statusCode() + " " + response.body();
    }
    Status.Code code = Status.fromCodeValue(error.get("code").getAsInt()).getCode();
    return code + " " + error.get("message").getAsString();
  }

  /** The token that a user gets for a password. */
  String login(String user, String password) {
    return AuthGrpc.newBlockingStub(channel)
        .withDeadlineAfter(AT_MOST.toMillis(), TimeUnit.MILLISECONDS)
        .authenticate(AuthenticateRequest.newBuilder().setName(user).setPassword(password).build())
        .getToken();
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
