package io.kvorum.grpc;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** An answer of HTTP/1.1 as it came over the wire. */
record RawAnswer(String status, List<String> headers, String body) {

  /** Reads one answer whose body, if it has one, has a length or comes in chunks. */
  static RawAnswer read(InputStream in) throws IOException {
    RawAnswer head = readHead(in);
    byte[] body = head.isChunked() ? allChunks(in) : in.readNBytes(head.length());
    return new RawAnswer(
        head.status(), head.headers(), new String(body, StandardCharsets.ISO_8859_1));
  }

  /** Reads the head of an answer. */
  static RawAnswer readHead(InputStream in) throws IOException {
    String status = HttpEndpoint.line(in);
    List<String> headers = new ArrayList<>();
    for (String line = HttpEndpoint.line(in); !line.isEmpty(); line = HttpEndpoint.line(in)) {
      if (!line.startsWith("Date: ")) {
        headers.add(line);
      }
    }
    return new RawAnswer(status, headers, "");
  }

  /** Reads one chunk of a body; empty at its end. */
  static String chunk(InputStream in) throws IOException {
    String size = HttpEndpoint.line(in);
    byte[] bytes = in.readNBytes(Integer.parseInt(size, 16));
    String end = HttpEndpoint.line(in);
    if (!end.isEmpty()) {
      throw new IOException("a chunk of " + size + " does not end where it should");
    }
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  private static byte[] allChunks(InputStream in) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (String chunk = chunk(in); !chunk.isEmpty(); chunk = chunk(in)) {
      all.writeBytes(chunk.getBytes(StandardCharsets.ISO_8859_1));
    }
    return all.toByteArray();
  }

  boolean isChunked() {
    return headers.stream().anyMatch(line -> line.equalsIgnoreCase("Transfer-Encoding: chunked"));
  }

  private int length() {
    return headers.stream()
        .filter(line -> line.toLowerCase().startsWith("content-length: "))
        .mapToInt(line -> Integer.parseInt(line.substring(16)))
        .findFirst()
        .orElse(0);
  }
}
