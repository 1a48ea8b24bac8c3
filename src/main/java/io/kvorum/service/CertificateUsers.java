package io.kvorum.service;

/** Finds the clients whose certificates name a user that is ignored. Thread-safe. */
@FunctionalInterface
public interface CertificateUsers {
  /**
   * Whether the client's certificate names a user, and the API that it uses ignores that: etcd
   * refuses such a request, so that nobody takes it for authenticated.
   */
  boolean isIgnored(Caller caller);
}
