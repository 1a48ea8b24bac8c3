package io.kvorum.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The JSON gateway of a server, used as curl would use it: HTTP/1.1, bodies as text. */
public final class JsonGateway {

  private static final Duration AT_MOST = Duration.ofSeconds(15);

  private final URI endpoint;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(AT_MOST).build();

  public JsonGateway(URI endpoint) {
    this.endpoint = endpoint;
  }

  /** Sends a body, written with single quotes, and expects success; the answer as it came. */
  public String post(String path, String body) {
    HttpResponse<String> response = send(path, body.replace('\'', '"'));
    assertThat(response.statusCode())
        .as("POST %s %s gave %s", path, body, response.body())
        .isEqualTo(200);
    assertThat(response.headers().firstValue("Content-Type").orElse(""))
        .startsWith("application/json");
    return response.body();
  }

  /** Like {@link #post}; checks the header and takes it off. */
  JsonObject postForBody(String path, String body) {
    String answer = post(path, body);
    checkHeader(Json.object(answer).getAsJsonObject("header"), answer);
    return Json.withoutHeader(answer);
  }

  /** The header must name cluster, member, revision and term, as strings of digits. */
  private static void checkHeader(JsonObject header, String answer) {
    assertThat(header).as(answer).isNotNull();
    for (String name : new String[] {"cluster_id", "member_id", "revision", "raft_term"}) {
      assertThat(header.has(name)).as("%s in %s", name, answer).isTrue();
      assertThat(header.getAsJsonPrimitive(name).isString()).as(answer).isTrue();
      assertThat(header.get(name).getAsString()).as(answer).matches("[1-9][0-9]*");
    }
    assertThat(header.size()).as(answer).isEqualTo(4);
  }

  /** Sends a body as it is, whatever comes back. */
  HttpResponse<String> send(String path, String body) {
    return exchange(
        request(path)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build());
  }

  HttpResponse<String> get(String path) {
    return exchange(request(path).GET().build());
  }

  /** The revision of the store now. */
  long revision() {
    return Json.object(post("/v3/kv/range", "{'key':'AA=='}"))
        .getAsJsonObject("header")
        .get("revision")
        .getAsLong();
  }

  /** Opens a stream of answers. */
  Stream open(String path, String body) {
    return open(path, body, null);
  }

  /** The same with a token, if there is one. */
  Stream open(String path, String body, @Nullable String token) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(endpoint.resolve(path))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body.replace('\'', '"')));
    if (token != null) {
      request.header("Authorization", token);
    }
    try {
      HttpResponse<InputStream> response =
          client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
      assertThat(response.statusCode()).isEqualTo(200);
      return new Stream(response.body());
    } catch (IOException e) {
      throw new AssertionError("no stream from " + path, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(endpoint.resolve(path)).timeout(AT_MOST);
  }

  private HttpResponse<String> exchange(HttpRequest request) {
    try {
      return client.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new AssertionError("no answer to " + request, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  /** Answers that come one to a line. */
  static final class Stream implements AutoCloseable {
    private static final String END = "(end of the stream)";

    private final InputStream body;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

    Stream(InputStream body) {
      this.body = body;
      Thread reader = new Thread(this::read, "stream of answers");
      reader.setDaemon(true);
      reader.start();
    }

    private void read() {
      try (BufferedReader reader =
          new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8))) {
        String line = reader.readLine();
        while (line != null) {
          if (!line.isBlank()) {
            lines.add(line);
          }
          line = reader.readLine();
        }
        lines.add(END);
      } catch (IOException e) {
        lines.add(END + ": " + e.getMessage());
      }
    }

    /** The {@code result} on the next line. */
    JsonObject result() {
      try {
        String line = lines.poll(AT_MOST.toSeconds(), TimeUnit.SECONDS);
        assertThat(line).as("next line of the stream").isNotNull().doesNotStartWith(END);
        JsonObject message = Json.object(line);
        assertThat(message.has("result")).as(line).isTrue();
        return message.getAsJsonObject("result");
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError("interrupted", e);
      }
    }

    @Override
    public void close() {
      try {
        body.close();
      } catch (IOException alreadyClosed) {
        // The reader has reported it.
      }
    }
  }
}
