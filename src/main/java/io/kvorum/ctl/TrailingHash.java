package io.kvorum.ctl;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Computes the SHA-256 of a stream without its last 32 bytes, which are to be that hash: a snapshot
 * ends with it, and its messages do not say where. Used by one thread.
 */
final class TrailingHash {
  static final int SIZE = 32;

  private final MessageDigest digest;
  private final ByteBuffer last = ByteBuffer.allocate(SIZE); // what may be the trailer, in order

  TrailingHash() {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** Takes all that remains in the buffer. */
  void update(ByteBuffer piece) {
    int surplus = last.position() + piece.remaining() - SIZE;
    if (surplus > 0) {
      last.flip();
      int old = Math.min(surplus, last.remaining());
      digest.update(last.array(), 0, old);
      last.position(old);
      last.compact();
      if (surplus > old) {
        ByteBuffer middle = piece.duplicate();
        middle.limit(piece.position() + surplus - old);
        digest.update(middle);
        piece.position(middle.limit());
      }
    }
    last.put(piece);
  }

  /** The last bytes; fewer than {@link #SIZE} if there were no more. */
  byte[] trailer() {
    byte[] trailer = new byte[last.position()];
    last.duplicate().flip().get(trailer);
    return trailer;
  }

  /** The hash of all before them; once. */
  byte[] computed() {
    return digest.digest();
  }
}
