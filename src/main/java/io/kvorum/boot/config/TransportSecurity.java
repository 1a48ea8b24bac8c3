package io.kvorum.boot.config;

import io.kvorum.model.MemberUrl;
import io.kvorum.tls.TlsFiles;
import io.kvorum.tls.TlsProfile;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * How one side of the member is secured: connections of clients, or those between members.
 * Immutable.
 *
 * <p>Held by: MemberConfigTest, PeerTlsConfigTest.
 *
 * @param files what it uses; without a certificate of its own if the member makes one, or if all
 *     listeners are plain
 * @param profile what is negotiated
 * @param isSelfSigned whether the member makes the certificate
 * @param selfSignedYears how long that one is valid
 * @param verifiesAddresses whether a client's certificate must belong to the address that it comes
 *     from
 */
public record TransportSecurity(
    TlsFiles files,
    TlsProfile profile,
    boolean isSelfSigned,
    int selfSignedYears,
    boolean verifiesAddresses) {

  /**
   * That of clients; empty if no URL is secured.
   *
   * @param client where gRPC, JSON or both are served
   * @param metrics where only pages are served
   */
  static Optional<TransportSecurity> ofClients(
      Settings settings, List<MemberUrl> client, List<MemberUrl> metrics) {
    SecurityFlags flags = new SecurityFlags(settings, SecurityFlags.Side.CLIENTS);
    return flags.read(
        Stream.concat(client.stream(), metrics.stream()).toList(),
        List.of(),
        secured -> withoutCertificate(client, secured));
  }

  /**
   * That between members; empty if no URL is secured.
   *
   * @param listen where other members connect
   * @param known further URLs of members, this one or others
   */
  static Optional<TransportSecurity> ofPeers(
      Settings settings, List<MemberUrl> listen, List<MemberUrl> known) {
    SecurityFlags flags = new SecurityFlags(settings, SecurityFlags.Side.PEERS);
    return flags.read(
        listen,
        known,
        secured ->
            "cannot listen on TLS for "
                + secured.authority()
                + ": KeyFile and CertFile are not presented; give --peer-cert-file and"
                + " --peer-key-file, or --peer-auto-tls");
  }

  private static String withoutCertificate(List<MemberUrl> client, MemberUrl secured) {
    return client.contains(secured)
        ? "TLS key/cert (--cert-file, --key-file) must be provided for client url "
            + secured
            + " with HTTPS scheme"
        : "client TLS key/cert (--cert-file, --key-file) must be provided for metrics secure url "
            + secured;
  }
}
