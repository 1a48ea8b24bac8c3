package io.kvorum.conformance;

/** The ways in which calls are refused, in the words of {@link AuthClient#outcome}. */
final class AuthRefusals {
  static final String DENIED = "PERMISSION_DENIED etcdserver: permission denied";
  static final String NO_USER = "INVALID_ARGUMENT etcdserver: user name is empty";
  static final String BAD_TOKEN = "UNAUTHENTICATED etcdserver: invalid auth token";

  private AuthRefusals() {}

  /** The same in the answer to a watch request, where etcd puts Go's text of a status. */
  static String watchReason(String code, String outcome) {
    return "rpc error: code = " + code + " desc = " + outcome.substring(outcome.indexOf(' ') + 1);
  }
}
