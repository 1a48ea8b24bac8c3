package io.kvorum.differential;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.google.protobuf.Message;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.kvorum.proto.etcdserverpb.AuthenticateRequest;
import io.kvorum.proto.etcdserverpb.AuthenticateResponse;
import io.kvorum.proto.etcdserverpb.LeaseGrantRequest;
import io.kvorum.proto.etcdserverpb.LeaseGrantResponse;
import io.kvorum.proto.etcdserverpb.LeaseGrpc;
import io.kvorum.proto.etcdserverpb.LeaseKeepAliveResponse;
import io.kvorum.proto.etcdserverpb.MemberAddResponse;
import io.kvorum.proto.etcdserverpb.WatchGrpc;
import io.kvorum.proto.etcdserverpb.WatchRequest;
import io.kvorum.proto.etcdserverpb.WatchResponse;
import io.kvorum.proto.v3electionpb.ElectionGrpc;
import io.kvorum.proto.v3electionpb.LeaderRequest;
import io.kvorum.proto.v3electionpb.LeaderResponse;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Makes the calls of one sequence to one server, over both faces, with the tokens that its users
 * have got there. Requests are in the server's terms, answers in those of {@link Form}. Confined to
 * one thread, apart from what streams say.
 */
final class Calls {
  private final Server server;
  private final Form form;
  private final Map<String, String> tokens = new HashMap<>();
  private int chosen;

  Calls(Server server, Form form) {
    this.server = server;
    this.form = form;
    tokens.put(Users.STRANGER, "stranger.1");
  }

  /** A stream that the client writes to. */
  interface Stream<Q> {
    void send(Q request);

    void cancel();
  }

  static boolean isOk(JsonElement answer) {
    return answer.isJsonObject() && answer.getAsJsonObject().has("ok");
  }

  /** The answer to a call, which comes in time or not at all. */
  JsonElement call(Step.Face face, String who, Rpc rpc, Message request) {
    try {
      if (face != Step.Face.GRPC) {
        HttpResponse<String> response =
            server
                .http()
                .send(
                    post(rpc.path(), who, Bodies.of(request, face)),
                    HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
        if (response.statusCode() == HttpURLConnection.HTTP_OK) {
          learn(rpc, request, Bodies.parsed(rpc, response.body()));
        }
        return form.of(rpc, response);
      }
      Message answer =
          ClientCalls.blockingUnaryCall(
              server.channel(tokens.get(who)),
              rpc.method(),
              CallOptions.DEFAULT.withDeadlineAfter(Server.PATIENCE.toSeconds(), TimeUnit.SECONDS),
              request);
      learn(rpc, request, answer);
      return Form.wrapped("ok", form.of(rpc, answer));
    } catch (StatusRuntimeException refused) {
      return form.of(refused.getStatus());
    } catch (IOException none) {
      return new JsonPrimitive("no answer: " + none);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private void learn(Rpc rpc, Message request, Message answer) {
    if (rpc == Rpc.AUTHENTICATE && answer instanceof AuthenticateResponse login) {
      tokens.put(((AuthenticateRequest) request).getName(), login.getToken());
    } else if (answer instanceof LeaseGrantResponse grant
        && ((LeaseGrantRequest) request).getID() == 0) {
      form.name(Long.toString(grant.getID()), "lease of the server's choice " + ++chosen);
    } else if (answer instanceof MemberAddResponse added) {
      form.name(
          Long.toUnsignedString(added.getMember().getID()),
          "member of the server's choice " + ++chosen);
    }
  }

  private HttpRequest post(String path, String who, String body) {
    HttpRequest.Builder post =
        HttpRequest.newBuilder(server.endpoint().resolve(path))
            .timeout(Server.PATIENCE)
            .POST(HttpRequest.BodyPublishers.ofString(body));
    String token = tokens.get(who);
    if (token != null) {
      post.header("Authorization", token);
    }
    return post.build();
  }

  /** The answer to JSON that is changed at random. */
  JsonElement mangled(Rpc rpc, Message request, long seed) {
    try {
      return form.of(
          rpc,
          server
              .http()
              .send(
                  post(
                      rpc.path(),
                      Users.NOBODY,
                      Bodies.mangled(Bodies.of(request, Step.Face.JSON), seed)),
                  HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8)));
    } catch (IOException none) {
      return new JsonPrimitive("no answer: " + none);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  /** Renews, and ends the stream. */
  JsonElement keepAlive(Step.KeepAlive step) {
    CompletableFuture<JsonElement> end = new CompletableFuture<>();
    JsonArray said = new JsonArray();
    if (step.face() == Step.Face.GRPC) {
      ClientCall<?, ?> unused =
          open(
              LeaseGrpc.getLeaseKeepAliveMethod(),
              step.who(),
              step.requests(),
              (LeaseKeepAliveResponse message) -> {
                synchronized (said) {
                  said.add(form.of(null, message));
                }
              },
              end::complete);
    } else {
      stream(
          "/v3/lease/keepalive",
          step.who(),
          step.requests(),
          message -> {
            synchronized (said) {
              said.add(form.of(null, message));
            }
          },
          end::complete);
    }
    JsonElement how =
        end.completeOnTimeout(
                new JsonPrimitive("no end"), Server.PATIENCE.toSeconds(), TimeUnit.SECONDS)
            .join();
    synchronized (said) {
      said.add(how);
      return said;
    }
  }

  /** Begins a call whose answer may come much later; what ends it. */
  Runnable begin(
      Step.Face face, String who, Rpc rpc, Message request, Consumer<JsonElement> answer) {
    if (face != Step.Face.GRPC) {
      CompletableFuture<HttpResponse<String>> call =
          server
              .http()
              .sendAsync(
                  waiting(post(rpc.path(), who, Bodies.of(request, face))),
                  HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
      var unused =
          call.whenComplete(
              (response, failure) ->
                  answer.accept(
                      failure == null
                          ? form.of(rpc, response)
                          : new JsonPrimitive("no answer: " + failure)));
      return () -> call.cancel(true);
    }
    ClientCall<Message, Message> call =
        open(
            rpc.method(),
            who,
            List.of(request),
            message -> answer.accept(Form.wrapped("ok", form.of(rpc, message))),
            how -> {
              if (!how.equals(Side.ended(Status.OK))) {
                answer.accept(how);
              }
            });
    return () -> call.cancel("the client gives up", null);
  }

  private static HttpRequest waiting(HttpRequest request) {
    return HttpRequest.newBuilder(request, (name, value) -> true)
        .timeout(Server.PATIENCE.multipliedBy(10))
        .build();
  }

  /** Opens a watch stream. */
  Stream<WatchRequest> watch(
      String who, Consumer<WatchResponse> message, Consumer<JsonElement> end) {
    ClientCall<WatchRequest, WatchResponse> call =
        server.channel(tokens.get(who)).newCall(WatchGrpc.getWatchMethod(), CallOptions.DEFAULT);
    call.start(new Listener<>(call, message, end), new Metadata());
    call.request(1);
    return new Stream<>() {
      @Override
      public void send(WatchRequest request) {
        call.sendMessage(request);
      }

      @Override
      public void cancel() {
        call.cancel("the client is done", null);
      }
    };
  }

  /** Observes an election; what ends it. */
  Runnable observe(
      String who, LeaderRequest request, Consumer<JsonObject> message, Consumer<JsonElement> end) {
    ClientCall<LeaderRequest, LeaderResponse> call =
        open(
            ElectionGrpc.getObserveMethod(),
            who,
            List.of(request),
            answer -> message.accept(Form.json(answer)),
            end);
    return () -> call.cancel("the client is done", null);
  }

  private <Q, A> ClientCall<Q, A> open(
      MethodDescriptor<Q, A> method,
      String who,
      List<Q> requests,
      Consumer<A> message,
      Consumer<JsonElement> end) {
    ClientCall<Q, A> call = server.channel(tokens.get(who)).newCall(method, CallOptions.DEFAULT);
    call.start(new Listener<>(call, message, end), new Metadata());
    call.request(1);
    requests.forEach(call::sendMessage);
    call.halfClose();
    return call;
  }

  /** Opens a stream of JSON; what ends it. */
  Runnable stream(
      String path,
      String who,
      List<? extends Message> requests,
      Consumer<JsonObject> message,
      Consumer<JsonElement> end) {
    String body =
        requests.stream()
            .map(request -> Bodies.of(request, Step.Face.JSON))
            .collect(Collectors.joining("\n"));
    CompletableFuture<HttpResponse<Void>> call =
        server
            .http()
            .sendAsync(
                waiting(post(path, who, body)),
                HttpResponse.BodyHandlers.fromLineSubscriber(
                    new Lines(
                        line -> line(line, message, end),
                        failure -> end.accept(new JsonPrimitive("broken off")),
                        () -> end.accept(Side.ended(Status.OK)))));
    return () -> call.cancel(true);
  }

  private void line(String line, Consumer<JsonObject> message, Consumer<JsonElement> end) {
    if (line.isEmpty()) {
      return;
    }
    JsonObject object = JsonParser.parseString(line).getAsJsonObject();
    if (object.has("result")) {
      message.accept(object.getAsJsonObject("result"));
    } else {
      end.accept(form.of(null, object));
    }
  }

  /** Passes on what a stream says. */
  private static final class Listener<A> extends ClientCall.Listener<A> {
    private final ClientCall<?, A> call;
    private final Consumer<A> message;
    private final Consumer<JsonElement> end;

    Listener(ClientCall<?, A> call, Consumer<A> message, Consumer<JsonElement> end) {
      this.call = call;
      this.message = message;
      this.end = end;
    }

    @Override
    public void onMessage(A received) {
      message.accept(received);
      call.request(1);
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      end.accept(Side.ended(status));
    }
  }
}
