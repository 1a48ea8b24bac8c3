package io.kvorum.tls;

/**
 * Names a certificate, with those between it and its authority, and its key, both in PEM.
 * Immutable.
 *
 * @param certificate empty if there is none; then {@code key} is, too
 */
public record TlsPair(String certificate, String key) {
  public static final TlsPair NONE = new TlsPair("", "");

  /** Whether there is none. */
  public boolean isAbsent() {
    return certificate.isEmpty();
  }
}
