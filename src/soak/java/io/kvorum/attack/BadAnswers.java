package io.kvorum.attack;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sends bad input, and checks what its sender gets. Stateless. */
final class BadAnswers {
  private static final int PATIENCE_MILLIS = 30_000;
  private static final int READ_AT_MOST = 1 << 20;
  private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] (\\d{3}) ");

  /** What only somebody who knows the code would understand. */
  private static final Pattern OF_THE_CODE =
      Pattern.compile(
          "\\b(io\\.kvorum|io\\.netty|io\\.grpc|com\\.ibm|com\\.google|java\\.|javax?\\.|jakarta\\.)"
              + "[a-z.]*[A-Z]\\w*|\\w(Exception|Error):|\\bat \\w+\\.\\w+\\(|SRVE\\d{4}|CWWK\\w\\d{4}");

  /** How a bug is answered, over each face. */
  private static final String BUG = "etcdserver: internal error";

  private BadAnswers() {}

  static boolean showsTheCode(String text) {
    return OF_THE_CODE.matcher(text).find();
  }

  /**
   * Sends that on a separate connection, and reads until the server ends it.
   *
   * @return in a word, how it ended
   * @throws IOException if nobody listens
   * @throws AssertionError if the server keeps it, answers with a bug, or shows what it should not
   */
  static String check(URI server, BadInput kind, byte[] input) throws IOException {
    String answer;
    try (Socket socket = new Socket(server.getHost(), server.getPort())) {
      socket.setSoTimeout(PATIENCE_MILLIS);
      answer = exchange(socket, input);
    } catch (SocketTimeoutException kept) {
      throw failure("kept without an end", kind, input, "");
    }
    if (showsTheCode(answer)) {
      throw failure("an answer that shows the code", kind, input, answer);
    }
    if (answer.contains(BUG)) {
      throw failure("a bug", kind, input, answer);
    }
    Matcher status = STATUS.matcher(answer);
    if (!status.lookingAt()) {
      return answer.isEmpty() ? "closed" : "frames";
    }
    // Errors without a code of their own, as those of locks, are 500 in etcd too.
    if (status.group(1).equals("500") && !answer.contains("\"code\":2,")) {
      throw failure("an internal error", kind, input, answer);
    }
    return status.group(1);
  }

  private static String exchange(Socket socket, byte[] input) throws IOException {
    ByteArrayOutputStream answer = new ByteArrayOutputStream();
    try {
      socket.getOutputStream().write(input);
      socket.shutdownOutput();
      InputStream in = socket.getInputStream();
      byte[] buffer = new byte[8192];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        if (answer.size() < READ_AT_MOST) {
          answer.write(buffer, 0, read);
        }
      }
    } catch (SocketTimeoutException kept) {
      throw kept;
    } catch (IOException reset) {
      // An end as well; what came before it counts.
    }
    return answer.toString(StandardCharsets.ISO_8859_1);
  }

  private static AssertionError failure(String what, BadInput kind, byte[] input, String answer) {
    return new AssertionError(
        what
            + ": "
            + kind
            + "\n--- sent, in base64\n"
            + Base64.getEncoder().encodeToString(input)
            + "\n--- sent\n"
            + new String(input, StandardCharsets.ISO_8859_1)
            + "\n--- answered\n"
            + answer);
  }
}
