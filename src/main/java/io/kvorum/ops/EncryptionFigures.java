package io.kvorum.ops;

import java.util.Optional;

/**
 * How the files of a member are encrypted. Immutable.
 *
 * @param key the id of the key that new data is sealed with; empty if that is in the clear
 * @param done how much is sealed as new data is, as a share of 1
 */
public record EncryptionFigures(Optional<String> key, double done) {
  /** Nothing is encrypted, and nothing is to be. */
  public static final EncryptionFigures NONE = new EncryptionFigures(Optional.empty(), 1);
}
