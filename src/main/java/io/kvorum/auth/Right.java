package io.kvorum.auth;

/** What a caller wants to do with keys. */
public enum Right {
  READ,
  WRITE
}
