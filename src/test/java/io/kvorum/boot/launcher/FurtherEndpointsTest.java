package io.kvorum.boot.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.model.MemberUrl;
import java.util.List;
import org.junit.jupiter.api.Test;

final class FurtherEndpointsTest {
  @Test
  void withoutUrlsOnlyTheRelayReachesTheApplication() {
    assertThat(FurtherEndpoints.xml(List.of()))
        .isEqualToNormalizingNewlines(
            """
            <server>
              <virtualHost id="default_host" allowFromEndpointRef="relay"/>
            </server>
            """);
  }

  @Test
  void everyUrlIsAnEndpointThatReachesTheApplication() {
    assertThat(
            FurtherEndpoints.xml(
                MemberUrl.parseList("http://127.0.0.1:1,http://[::1]:2,http://0.0.0.0:3")))
        .isEqualToNormalizingNewlines(
            """
            <server>
              <httpEndpoint id="further0" host="*" httpPort="3" httpsPort="-1" protocolVersion="http/1.1"/>
              <httpEndpoint id="further1" host="127.0.0.1" httpPort="1" httpsPort="-1" protocolVersion="http/1.1"/>
              <httpEndpoint id="further2" host="::1" httpPort="2" httpsPort="-1" protocolVersion="http/1.1"/>
              <virtualHost id="default_host" allowFromEndpointRef="relay,further0,further1,further2"/>
            </server>
            """);
  }

  @Test
  void aHostCannotBreakOutOfItsAttribute() {
    assertThat(FurtherEndpoints.host(new MemberUrl("http", "a\"/><x b=\"", 1))).isEqualTo("axb");
  }
}
