package io.kvorum.model;

/**
 * Why a request was not served. The wire forms (gRPC code, HTTP status, exact text) stand in the
 * one error table of {@code wire}.
 */
public enum ErrorCode {
  EMPTY_KEY,
  KEY_NOT_FOUND,
  VALUE_PROVIDED,
  LEASE_PROVIDED,
  TOO_MANY_OPS,
  DUPLICATE_KEY,
  INVALID_SORT_OPTION,
  INVALID_CLIENT_API_VERSION,
  COMPACTED,
  FUTURE_REVISION,
  NO_SPACE,
  LEASE_NOT_FOUND,
  LEASE_EXISTS,
  LEASE_TTL_TOO_LARGE,
  REQUEST_TOO_LARGE,
  TOO_MANY_REQUESTS,
  MEMBER_NOT_FOUND,
  NO_LEADER,
  NOT_LEADER,
  LEADER_CHANGED,
  STOPPED,
  TIMEOUT,
  CORRUPT
}
