package io.kvorum.plain;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.shrinkwrap.api.ShrinkWrap;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The WAR that we ship, dropped into a Liberty that knows nothing of it. */
@ExtendWith(ArquillianExtension.class)
final class PlainLibertyIT {
  private static final String PORT = System.getProperty("test.http.port", "");

  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();

  @Deployment(testable = false)
  static WebArchive kvorum() {
    return ShrinkWrap.createFromZipFile(WebArchive.class, new File("target/kvorum.war"));
  }

  @Test
  void theApplicationIsDeployedUnderItsNameAndTheServerStaysHealthy() throws Exception {
    assertThat(get("/kvorum/").body()).doesNotContain("Context Root Not Found");
    assertThat(get("/other/").body()).contains("Context Root Not Found");
    HttpResponse<String> health = get("/health");
    assertThat(health.statusCode()).isEqualTo(200);
    assertThat(health.body()).contains("\"status\":\"UP\"");
  }

  private HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + PORT + path))
            .timeout(Duration.ofSeconds(60))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }
}
