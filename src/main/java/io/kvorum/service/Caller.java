package io.kvorum.service;

import io.kvorum.auth.Token;
import java.net.SocketAddress;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.naming.InvalidNameException;
import javax.naming.NamingException;
import javax.naming.directory.Attribute;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import org.jspecify.annotations.Nullable;

/**
 * Identifies the client that makes a call, by what its connection proves and what its request
 * carries. What is the same for all calls of a connection is made once; a request adds its token.
 * Immutable.
 *
 * <p>Nothing here comes from a header that names an address or a certificate, such as {@code
 * X-Forwarded-For}: those can be written by anybody.
 *
 * <p>Held by: CallerTest.
 *
 * @param address of the client's end of its connection to this member
 * @param isSecured whether that connection is encrypted
 * @param certificate the client's own one, which has been verified; null if it has shown none
 * @param commonName the last CN of the certificate's subject, as in etcd; null if there is none
 * @param token what the request carries to name its user, unchecked; null if it carries none;
 *     empty, which names nobody, if it carries an empty one or one longer than {@link
 *     #MOST_TOKEN_CHARS}
 * @param traceParent the span of the client that the request belongs to, as W3C's header of that
 *     name has it, unchecked; null if there is none that may be one, or nobody asks for it
 */
public record Caller(
    SocketAddress address,
    boolean isSecured,
    @Nullable X509Certificate certificate,
    @Nullable String commonName,
    Face face,
    @Nullable Token token,
    @Nullable String traceParent) {

  /** The HTTP headers that may carry a token; that of the first one counts. */
  public static final List<String> TOKEN_HEADERS =
      List.of("Grpc-Metadata-Token", "Authorization", "Grpc-Metadata-Authorization");

  /** Longer tokens are none: a caller is kept for as long as its call is open. */
  public static final int MOST_TOKEN_CHARS = 8 << 10;

  /** W3C's form has 55 characters; later versions may append to it. */
  private static final int MOST_TRACE_PARENT_CHARS = 128;

  /** The API that the client uses. */
  public enum Face {
    GRPC,
    JSON
  }

  /** The callers of a connection, without a token. */
  public static Caller of(
      SocketAddress address, boolean isSecured, @Nullable X509Certificate certificate, Face face) {
    String commonName = certificate == null ? null : commonNameOf(certificate);
    return new Caller(address, isSecured, certificate, commonName, face, null, null);
  }

  /**
   * The same client with the token of one request; this caller itself if there is none, or if it
   * has that one.
   */
  public Caller withToken(@Nullable String carried) {
    if (carried == null || (token != null && token.isShownAs(carried))) {
      return this;
    }
    Token kept = Token.of(carried.length() > MOST_TOKEN_CHARS ? "" : carried);
    return new Caller(address, isSecured, certificate, commonName, face, kept, traceParent);
  }

  /**
   * The same connection, carrying requests on behalf of others: its certificate is that of a
   * gateway, and names none of their users.
   */
  public Caller throughGateway() {
    return new Caller(address, isSecured, certificate, commonName, Face.JSON, token, traceParent);
  }

  /** The same client without a token, for what is kept longer than its call. */
  public Caller withoutToken() {
    return token == null
        ? this
        : new Caller(address, isSecured, certificate, commonName, face, null, traceParent);
  }

  /**
   * The same client with the span that one request belongs to; this caller itself if there is none.
   */
  public Caller withTraceParent(@Nullable String carried) {
    return carried == null || carried.length() > MOST_TRACE_PARENT_CHARS
        ? this
        : new Caller(address, isSecured, certificate, commonName, face, token, carried);
  }

  private static @Nullable String commonNameOf(X509Certificate certificate) {
    String commonName = null;
    try {
      for (Rdn part : new LdapName(certificate.getSubjectX500Principal().getName()).getRdns()) {
        Attribute name = part.toAttributes().get("CN");
        if (name != null && name.get() instanceof String text) {
          commonName = text;
        }
      }
    } catch (InvalidNameException unreadable) {
      return null;
    } catch (NamingException impossible) {
      throw new IllegalStateException("attributes that are in memory", impossible);
    }
    return commonName;
  }

  /** Without the token, which must not get into a log. */
  @Override
  public String toString() {
    return face
        + " client "
        + address
        + (isSecured ? ", secured" : "")
        + (commonName == null ? "" : ", CN=" + commonName);
  }
}
