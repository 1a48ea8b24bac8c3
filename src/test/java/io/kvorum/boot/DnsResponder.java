package io.kvorum.boot;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A DNS server on a UDP port of loopback that knows SRV records and nothing else (RFC 1035, 2782).
 */
final class DnsResponder implements AutoCloseable {
  private static final int SRV = 33;
  private static final int INTERNET = 1;
  private static final int ANSWER_AUTHORITATIVE = 0x8400;
  private static final int NO_SUCH_NAME = 3;
  private static final int HEADER_BYTES = 12;
  private static final int LARGEST = 512;

  /** What a record points to. */
  record Target(String host, int port) {}

  private final Map<String, List<Target>> records = new ConcurrentHashMap<>();
  private final DatagramSocket socket;
  private final Thread thread = new Thread(this::serve, "dns-responder");
  private volatile int failure;

  DnsResponder() throws IOException {
    socket = new DatagramSocket(0, InetAddress.getByName("127.0.0.1"));
    thread.setDaemon(true);
    thread.start();
  }

  /** As JNDI names a server. */
  String url() {
    return "dns://127.0.0.1:" + socket.getLocalPort();
  }

  void put(String name, Target... targets) {
    records.put(name, List.of(targets));
  }

  /** From now on every answer has this response code. */
  void failWith(int responseCode) {
    failure = responseCode;
  }

  private void serve() {
    byte[] buffer = new byte[LARGEST];
    while (!socket.isClosed()) {
      try {
        DatagramPacket question = new DatagramPacket(buffer, buffer.length);
        socket.receive(question);
        byte[] answer = answer(ByteBuffer.wrap(buffer, 0, question.getLength()));
        socket.send(new DatagramPacket(answer, answer.length, question.getSocketAddress()));
      } catch (IOException closed) {
        if (!socket.isClosed()) {
          throw new IllegalStateException(closed);
        }
      }
    }
  }

  private byte[] answer(ByteBuffer question) throws IOException {
    int id = Short.toUnsignedInt(question.getShort(0));
    question.position(HEADER_BYTES);
    String name = name(question);
    int type = question.getShort();
    List<Target> targets = type == SRV ? records.getOrDefault(name, List.of()) : List.of();
    int code = records.containsKey(name) ? 0 : NO_SUCH_NAME;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeShort(id);
    out.writeShort(ANSWER_AUTHORITATIVE | (failure == 0 ? code : failure));
    out.writeShort(1);
    out.writeShort(failure == 0 ? targets.size() : 0);
    out.writeInt(0);
    out.write(encoded(name));
    out.writeShort(type);
    out.writeShort(INTERNET);
    if (failure == 0) {
      for (Target target : targets) {
        write(out, name, target);
      }
    }
    return bytes.toByteArray();
  }

  private static void write(DataOutputStream out, String name, Target target) throws IOException {
    byte[] host = encoded(target.host());
    out.write(encoded(name));
    out.writeShort(SRV);
    out.writeShort(INTERNET);
    out.writeInt(60);
    out.writeShort(6 + host.length);
    out.writeShort(10);
    out.writeShort(20);
    out.writeShort(target.port());
    out.write(host);
  }

  private static String name(ByteBuffer question) {
    StringBuilder name = new StringBuilder();
    for (int length = question.get(); length > 0; length = question.get()) {
      byte[] label = new byte[length];
      question.get(label);
      name.append(name.isEmpty() ? "" : ".").append(new String(label, StandardCharsets.US_ASCII));
    }
    return name.toString();
  }

  private static byte[] encoded(String name) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (String label : name.split("\\.")) {
      bytes.write(label.length());
      bytes.writeBytes(label.getBytes(StandardCharsets.US_ASCII));
    }
    bytes.write(0);
    return bytes.toByteArray();
  }

  @Override
  public void close() throws InterruptedException {
    socket.close();
    thread.join();
  }
}
