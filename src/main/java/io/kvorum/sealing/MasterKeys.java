package io.kvorum.sealing;

import io.kvorum.support.Reason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The master keys of a member, as a file lists them: one per line, the first of which seals what is
 * new. With {@code plain} as the first line what is new is written in the clear, and the keys open
 * what is there already. Immutable.
 *
 * <pre>
 *   # keys of member m0
 *   2026-11:7nO1…base64 of 32 bytes…=
 *   2026-05:Qk0w…
 * </pre>
 *
 * <p>Held by: MasterKeysTest.
 *
 * @param source the file, for messages; empty if there is none
 * @param isPlain whether what is new is written in the clear
 */
public record MasterKeys(String source, List<MasterKey> keys, boolean isPlain) {
  /** Nothing is sealed, and nothing that is can be opened. */
  public static final MasterKeys NONE = new MasterKeys("", List.of(), true);

  private static final String PLAIN = "plain";
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
  private static final Set<PosixFilePermission> OF_OTHERS =
      Set.of(
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE,
          PosixFilePermission.GROUP_WRITE);

  public MasterKeys {
    keys = List.copyOf(keys);
  }

  /**
   * Reads a file.
   *
   * @throws IOException if it cannot be used; the message, one line, names the file and says what
   *     to write instead, and holds nothing of a key
   */
  public static MasterKeys read(Path file) throws IOException {
    String text = content(file);
    List<MasterKey> keys = new ArrayList<>();
    boolean isPlain = false;
    int number = 0;
    int entries = 0;
    for (String line : text.split("\n", -1)) {
      number++;
      String entry = line.strip();
      if (entry.isEmpty() || entry.startsWith("#")) {
        continue;
      }
      if (entry.equals(PLAIN)) {
        if (entries > 0) {
          throw refusal(file, "line " + number + ": plain may stand in the first line only");
        }
        isPlain = true;
      } else {
        keys.add(key(file, number, entry));
      }
      entries++;
    }
    if (entries == 0) {
      throw refusal(file, "it has no key; write a line <id>:<base64 of 32 random bytes>");
    }
    refuseTwins(file, keys);
    return new MasterKeys(file.toString(), keys, isPlain);
  }

  private static MasterKey key(Path file, int line, String entry) throws IOException {
    int colon = entry.indexOf(':');
    String id = colon < 0 ? "" : entry.substring(0, colon).strip();
    if (!ID.matcher(id).matches() || id.equals(PLAIN)) {
      throw refusal(
          file,
          "line "
              + line
              + " has no id; write <id>:<base64 of 32 random bytes>, with an id of"
              + " letters, digits, '.', '_' and '-'");
    }
    byte[] secret;
    try {
      secret = Base64.getDecoder().decode(entry.substring(colon + 1).strip());
    } catch (IllegalArgumentException notBase64) {
      throw refusal(file, "the key " + id + " is not in base64; make one: openssl rand -base64 32");
    }
    if (secret.length != MasterKey.BYTES) {
      throw refusal(
          file,
          "the key "
              + id
              + " has "
              + secret.length
              + " bytes instead of 32; make one: openssl rand -base64 32");
    }
    return new MasterKey(id, secret);
  }

  private static void refuseTwins(Path file, List<MasterKey> keys) throws IOException {
    Set<String> ids = new HashSet<>();
    Set<String> secrets = new HashSet<>();
    for (MasterKey key : keys) {
      if (!ids.add(key.id())) {
        throw refusal(file, "there are two keys with the id " + key.id());
      }
      if (!secrets.add(key.fingerprintText())) {
        throw refusal(file, "the key " + key.id() + " has the secret of another one");
      }
    }
  }

  private static String content(Path file) throws UnusableKeysException {
    Set<PosixFilePermission> permissions = Set.of();
    String text;
    try {
      if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
        permissions = Files.getPosixFilePermissions(file);
      }
      text = Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (IOException unreadable) {
      throw refusal(file, Reason.of(unreadable));
    }
    if (permissions.stream().anyMatch(OF_OTHERS::contains)) {
      throw refusal(file, "others may read or change it; give it the mode 0400 or 0600");
    }
    return text;
  }

  private static UnusableKeysException refusal(Path file, String reason) {
    return new UnusableKeysException("cannot use the encryption keys in " + file + ": " + reason);
  }

  /** What seals what is new; empty if that is written in the clear. */
  public Optional<MasterKey> active() {
    return isPlain ? Optional.empty() : Optional.of(keys.get(0));
  }

  /** Whether there is no file of keys. */
  public boolean isOff() {
    return source.isEmpty();
  }

  Optional<MasterKey> find(String id) {
    return keys.stream().filter(key -> key.id().equals(id)).findFirst();
  }

  Optional<MasterKey> withFingerprint(byte[] fingerprint) {
    return keys.stream().filter(key -> key.hasFingerprint(fingerprint)).findFirst();
  }

  /** Without secrets. */
  @Override
  public String toString() {
    return (isPlain ? "plain, " : "") + keys;
  }
}
