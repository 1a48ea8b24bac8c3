package io.kvorum.tls;

/**
 * Names the files that secure connections, in PEM, and what they are for. Immutable.
 *
 * <p>Held by: ServerTlsTest, PeerTlsTest.
 *
 * @param own what a listener presents; absent if nothing is listened on
 * @param calls what is presented in connections that this side opens; absent if it is the same
 * @param authorities whose certificates are accepted; empty for those of the JDK
 * @param demandsCertificate whether a client of the listener must have one
 * @param revoked the list of those that are accepted no more, in PEM or DER; empty if there is none
 * @param allowed which of the others are accepted
 */
public record TlsFiles(
    TlsPair own,
    TlsPair calls,
    String authorities,
    boolean demandsCertificate,
    String revoked,
    AllowedCertificates allowed) {

  /** No files: nothing is listened on, and others are verified by the JDK's authorities. */
  public static TlsFiles none() {
    return of("", "");
  }

  /** A listener that serves every client. */
  public static TlsFiles of(String certificate, String key) {
    return new TlsFiles(
        new TlsPair(certificate, key), TlsPair.NONE, "", false, "", AllowedCertificates.ANY);
  }

  /** The same with another pair for the listener. */
  public TlsFiles withOwn(TlsPair other) {
    return new TlsFiles(other, calls, authorities, demandsCertificate, revoked, allowed);
  }

  /** The file that stands for all of them in a log line. */
  String name() {
    TlsPair first = own.isAbsent() ? calls : own;
    return first.isAbsent() ? authorities : first.certificate();
  }

  /** What is presented in connections that this side opens; may be absent. */
  TlsPair presented() {
    return calls.isAbsent() ? own : calls;
  }
}
