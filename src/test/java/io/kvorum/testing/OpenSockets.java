package io.kvorum.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Reads from {@code /proc} which TCP sockets a process has. Linux only; stateless. */
public final class OpenSockets {
  private static final int ESTABLISHED = 1;
  private static final int LISTENING = 10;

  private OpenSockets() {}

  private record Entry(InetSocketAddress local, InetSocketAddress remote, int state) {}

  /** The addresses that the process listens on. */
  public static List<InetSocketAddress> listening(long pid) {
    return of(pid).stream().filter(entry -> entry.state() == LISTENING).map(Entry::local).toList();
  }

  /** The local ports of the process's open connections to that port. */
  public static List<Integer> connectedTo(long pid, int port) {
    return of(pid).stream()
        .filter(entry -> entry.state() == ESTABLISHED && entry.remote().getPort() == port)
        .map(entry -> entry.local().getPort())
        .toList();
  }

  private static List<Entry> of(long pid) {
    Set<String> inodes = inodes(pid);
    List<Entry> entries = new ArrayList<>();
    for (String table : List.of("tcp", "tcp6")) {
      try (Stream<String> lines = Files.lines(Path.of("/proc/" + pid + "/net/" + table))) {
        lines
            .skip(1)
            .map(line -> line.strip().split("\\s+"))
            .filter(cells -> inodes.contains(cells[9]))
            .forEach(
                cells ->
                    entries.add(
                        new Entry(
                            address(cells[1]), address(cells[2]), Integer.parseInt(cells[3], 16))));
      } catch (IOException unreadable) {
        throw new UncheckedIOException(unreadable);
      }
    }
    return entries;
  }

  private static Set<String> inodes(long pid) {
    Set<String> inodes = new HashSet<>();
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/" + pid + "/fd"))) {
      for (Path descriptor : descriptors.toList()) {
        try {
          String target = Files.readSymbolicLink(descriptor).toString();
          if (target.startsWith("socket:[")) {
            inodes.add(target.substring("socket:[".length(), target.length() - 1));
          }
        } catch (NoSuchFileException closedMeanwhile) {
          // It is no socket of the process any more.
        }
      }
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
    return inodes;
  }

  /** Words of four bytes in the order of the machine, here little-endian, and a port. */
  private static InetSocketAddress address(String cell) {
    int colon = cell.indexOf(':');
    byte[] bytes = HexFormat.of().parseHex(cell.substring(0, colon));
    byte[] address = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      address[i] = bytes[i / 4 * 4 + 3 - i % 4];
    }
    try {
      return new InetSocketAddress(
          InetAddress.getByAddress(address), Integer.parseInt(cell.substring(colon + 1), 16));
    } catch (IOException wrongLength) {
      throw new UncheckedIOException(wrongLength);
    }
  }
}
