package io.kvorum.differential;

import java.util.List;

/** Those who make the calls of a sequence. Stateless. */
final class Users {
  static final String ROOT = "root";

  /** Shows no token. */
  static final String NOBODY = "nobody";

  /** Shows a token that was never given. */
  static final String STRANGER = "stranger";

  static final List<String> ORDINARY = List.of("u1", "u2", "u3");

  private Users() {}
}
