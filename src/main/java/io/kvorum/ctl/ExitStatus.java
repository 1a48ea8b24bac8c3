package io.kvorum.ctl;

/**
 * The exit statuses of etcdctl and etcdutl.
 *
 * <p>Held by: ProgramTest.
 */
final class ExitStatus {
  static final int SUCCESS = 0;
  static final int ERROR = 1;

  /** A flag has a value that is known, but not supported. */
  static final int BAD_FEATURE = 4;

  /** A snapshot was not saved, whatever the reason. */
  static final int INTERRUPTED = 5;

  static final int BAD_ARGUMENTS = 128;

  private ExitStatus() {}
}
