/**
 * TLS for the connections of a member: from files, as its operator keeps them, to what secures a
 * connection, renewed whenever the files change.
 *
 * <p>{@code TlsFiles} and {@code TlsProfile} say what is wanted; {@code ServerTls} holds what is in
 * use for clients, {@code PeerTls} for members, in both directions. {@code CertificateTrust}
 * decides who is accepted. Certificates of the member's own making are {@code CertificateDraft}s.
 * Nothing here knows what is spoken over the connections.
 */
@NullMarked
package io.kvorum.tls;

import org.jspecify.annotations.NullMarked;
