/**
 * TLS for the listeners of a member: from files, as its operator keeps them, to what secures a
 * connection, renewed whenever the files change.
 *
 * <p>{@code TlsFiles} and {@code TlsProfile} say what is wanted, {@code ServerTls} holds what is in
 * use, and {@code ClientTrust} decides which clients are let in. Certificates of the member's own
 * making are {@code CertificateDraft}s. Nothing here knows what is spoken over the connections.
 */
@NullMarked
package io.kvorum.tls;

import org.jspecify.annotations.NullMarked;
