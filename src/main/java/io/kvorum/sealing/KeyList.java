package io.kvorum.sealing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.kvorum.support.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Lists what the files of a directory may be sealed with: ids and fingerprints of master keys, and
 * whether something may be in the clear. It stands in the directory, is durable before anything is
 * sealed with a key that it did not have, and loses a key only when nothing sealed with it is left.
 * Without a list everything is in the clear. Immutable.
 *
 * <pre>
 *   kvorum-sealing 1
 *   plain
 *   key 2026-11 0f1e2d3c4b5a6978
 *   mac 6a…
 * </pre>
 *
 * <p>Held by: KeyListTest.
 *
 * @param directory where it stands
 * @param keys the first one authenticates the list
 */
public record KeyList(Path directory, boolean hasPlain, List<Name> keys) {
  public static final String FILE = "sealing.keys";

  private static final String HEADING = "kvorum-sealing 1";
  private static final String PLAIN = "plain";
  private static final Pattern KEY = Pattern.compile("key (\\S+) ([0-9a-f]{16})");
  private static final Pattern MAC = Pattern.compile("mac ([0-9a-f]{64})");

  /** A key without its secret. */
  public record Name(String id, String fingerprint) {
    static Name of(MasterKey key) {
      return new Name(key.id(), key.fingerprintText());
    }
  }

  public KeyList {
    keys = List.copyOf(keys);
  }

  /** The list of a directory that has none. */
  static KeyList plain(Path directory) {
    return new KeyList(directory, true, List.of());
  }

  /** What a directory is sealed with if all of it was written with these keys. */
  static KeyList ofNew(Path directory, MasterKeys keys) {
    return keys.active()
        .map(key -> new KeyList(directory, false, List.of(Name.of(key))))
        .orElseGet(() -> plain(directory));
  }

  /**
   * Reads the list of a directory, and compares it with the keys.
   *
   * @throws IOException if it is damaged, or if one of its keys is missing or another one; nothing
   *     has been changed then
   */
  public static KeyList verified(Path directory, MasterKeys keys) throws IOException {
    String text;
    try {
      text = Files.readString(directory.resolve(FILE), ISO_8859_1);
    } catch (NoSuchFileException none) {
      return plain(directory);
    }
    Content content = Content.parse(directory, text);
    content.list().require(keys);
    byte[] mac =
        keys.find(content.list().keys().get(0).id())
            .orElseThrow()
            .macOfList(content.authenticated().getBytes(ISO_8859_1));
    if (!HexFormat.of().formatHex(mac).equals(content.mac())) {
      throw damaged(directory);
    }
    return content.list();
  }

  /** What a file has, whether or not it is authentic. */
  private record Content(KeyList list, String authenticated, String mac) {
    static Content parse(Path directory, String text) throws IOException {
      List<String> lines = text.lines().toList();
      int last = lines.size() - 1;
      Matcher mac = MAC.matcher(last < 0 ? "" : lines.get(last));
      if (last < 2 || !lines.get(0).equals(HEADING) || !mac.matches() || !text.endsWith("\n")) {
        throw damaged(directory);
      }
      boolean hasPlain = lines.get(1).equals(PLAIN);
      List<Name> names = new ArrayList<>();
      for (String line : lines.subList(hasPlain ? 2 : 1, last)) {
        Matcher key = KEY.matcher(line);
        if (!key.matches()) {
          throw damaged(directory);
        }
        names.add(new Name(key.group(1), key.group(2)));
      }
      if (names.isEmpty()) {
        throw damaged(directory);
      }
      KeyList list = new KeyList(directory, hasPlain, names);
      return new Content(list, list.text(), mac.group(1));
    }
  }

  private static UnusableKeysException damaged(Path directory) {
    return new UnusableKeysException(
        "the file "
            + directory.resolve(FILE)
            + " is damaged, so that it is unknown with which keys that database is sealed;"
            + " nothing has been changed: restore the file or the whole directory");
  }

  /**
   * Compares it with keys.
   *
   * @throws UnusableKeysException if they lack one of those that it names
   */
  public void require(MasterKeys available) throws UnusableKeysException {
    for (Name name : keys) {
      String sealed = "the database " + directory + " is sealed with the key " + name.id();
      if (available.isOff()) {
        throw new UnusableKeysException(
            sealed + ": give --encryption-key-file, with a file that has this key");
      }
      MasterKey key =
          available
              .find(name.id())
              .orElseThrow(
                  () ->
                      new UnusableKeysException(
                          sealed + ", which " + available.source() + " lacks: add it there again"));
      if (!key.fingerprintText().equals(name.fingerprint())) {
        throw new UnusableKeysException(
            sealed
                + ", and "
                + available.source()
                + " has another key of that id: put the right one there, or name the other one"
                + " differently");
      }
    }
  }

  /** Whether everything is as these keys would seal it now. */
  public boolean isOnly(MasterKeys wanted) {
    return equals(ofNew(directory, wanted));
  }

  /** The same with what these keys seal with now. */
  KeyList with(MasterKeys also) {
    KeyList added = ofNew(directory, also);
    List<Name> all = new ArrayList<>(added.keys());
    keys.stream().filter(name -> !all.contains(name)).forEach(all::add);
    return new KeyList(directory, hasPlain || added.hasPlain(), all);
  }

  /**
   * Writes it to a directory, durably when this returns.
   *
   * @param place the directory, perhaps before it gets its name
   */
  void write(Path place, MasterKeys available) throws IOException {
    Path file = place.resolve(FILE);
    if (keys.isEmpty()) {
      DurableFiles.delete(file);
      return;
    }
    String text = text();
    byte[] mac =
        available.find(keys.get(0).id()).orElseThrow().macOfList(text.getBytes(ISO_8859_1));
    DurableFiles.replace(
        file, (text + "mac " + HexFormat.of().formatHex(mac) + "\n").getBytes(ISO_8859_1));
  }

  private String text() {
    StringBuilder text = new StringBuilder(HEADING).append('\n');
    if (hasPlain) {
      text.append(PLAIN).append('\n');
    }
    keys.forEach(
        key ->
            text.append("key ")
                .append(key.id())
                .append(' ')
                .append(key.fingerprint())
                .append('\n'));
    return text.toString();
  }
}
