package io.kvorum.boot.launcher;

import io.kvorum.boot.config.Listeners;
import io.kvorum.model.MemberUrl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Configures Liberty's HTTP endpoints for the URLs that only speak HTTP/1.1: {@code
 * --listen-client-http-urls} and {@code --listen-metrics-urls}. There can be any number of them, so
 * they go into a file that server.xml includes.
 */
final class FurtherEndpoints {
  private static final String FILE = "endpoints.xml";

  private FurtherEndpoints() {}

  /** The URLs of these endpoints. */
  static List<MemberUrl> urls(Listeners listeners) {
    List<MemberUrl> urls = new ArrayList<>(listeners.clientHttp());
    urls.addAll(listeners.metrics());
    return urls;
  }

  /** Writes the file, even if there are none, and returns its path. */
  static Path write(Path output, Listeners listeners) throws LaunchException {
    Path file = output.resolve(FILE);
    try {
      Files.createDirectories(output);
      return Files.writeString(file, xml(urls(listeners)));
    } catch (IOException cannotWrite) {
      throw new LaunchException("cannot write \"" + file + "\": " + cannotWrite.getMessage());
    }
  }

  static String xml(List<MemberUrl> urls) {
    StringBuilder endpoints = new StringBuilder();
    StringBuilder names = new StringBuilder("relay");
    for (int number = 0; number < urls.size(); number++) {
      MemberUrl url = urls.get(number);
      names.append(",further").append(number);
      endpoints.append(
          String.format(
              "  <httpEndpoint id=\"further%d\" host=\"%s\" httpPort=\"%d\" httpsPort=\"-1\""
                  + " protocolVersion=\"http/1.1\"/>%n",
              number, host(url), url.port()));
    }
    return String.format(
        "<server>%n%s  <virtualHost id=\"default_host\" allowFromEndpointRef=\"%s\"/>%n</server>%n",
        endpoints, names);
  }

  /** The host in Liberty's notation, without characters that no address contains. */
  static String host(MemberUrl url) {
    return url.isWildcard() ? "*" : url.host().replaceAll("[^A-Za-z0-9.:%_-]", "");
  }
}
