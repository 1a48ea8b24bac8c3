package io.kvorum.service;

/**
 * Bounds what one client request may ask for, the same on the gRPC and on the JSON face. Made once
 * from the configuration. Immutable.
 *
 * @param maxRequestBytes the largest command, encoded, and the largest range or transaction
 *     response that a face cuts into parts
 * @param maxTxnOps the most operations in one branch of a transaction
 * @param unfinishedBytes what messages on all JSON streams may take before they are whole
 */
public record ClientLimits(int maxRequestBytes, int maxTxnOps, long unfinishedBytes) {
  /** Requests and answers of up to this size take nothing of the {@code MemoryBudget}. */
  public static final int FREE_BYTES = 1 << 10;

  /** What a message may have around its command, as in etcd. */
  private static final int MESSAGE_OVERHEAD_BYTES = 512 << 10;

  /**
   * The largest message that a client may send, and the size at which responses of a watch are cut
   * for a client that accepts fragments.
   *
   * @throws ArithmeticException if it does not fit an int
   */
  public int maxMessageBytes() {
    return Math.addExact(maxRequestBytes, MESSAGE_OVERHEAD_BYTES);
  }

  /**
   * The largest JSON text of one message: base64 makes it longer than its message.
   *
   * @throws ArithmeticException if it does not fit an int
   */
  public int maxJsonBytes() {
    return Math.multiplyExact(2, maxMessageBytes());
  }

  /** The words for a message that is larger than a limit, which are gRPC's. */
  public static String tooLarge(long bytes, int limit) {
    return "grpc: received message larger than max (" + bytes + " vs. " + limit + ")";
  }
}
