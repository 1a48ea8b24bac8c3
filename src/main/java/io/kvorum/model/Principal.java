package io.kvorum.model;

/**
 * Names who asks while auth is on: what a token or a client certificate says. Immutable.
 *
 * @param user may be unknown; empty for a client certificate without a common name
 * @param authRevision the revision of the auth state at which the token was given; 0 for a token
 *     that names none, which counts as no user where keys are concerned
 */
public record Principal(String user, long authRevision) {
  /** The revision of a principal that is no client. */
  private static final long OF_MEMBER = -1;

  /** Stands for the member itself, which may do everything. */
  public static final Principal MEMBER = new Principal("", OF_MEMBER);

  /** Stands for a client that shows neither a token nor a certificate. */
  public static final Principal NOBODY = new Principal("", 0);

  /** Whether the member itself asks, and no client. */
  public boolean isMember() {
    return authRevision == OF_MEMBER;
  }

  /** Whether a client asks that does not show who it is. */
  public boolean isNobody() {
    return equals(NOBODY);
  }
}
