package io.kvorum.boot.launcher;

import io.kvorum.boot.config.ConfigurationException;
import io.kvorum.boot.config.FlagValues;
import io.kvorum.boot.config.Flags;
import io.kvorum.model.MemberUrl;
import io.kvorum.support.DurableFiles;
import io.kvorum.support.Reason;
import io.kvorum.tls.PemFiles;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.Collections;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Secures the admin endpoint by Liberty's own TLS, which is loaded only for that: the files in PEM
 * become key stores below Liberty's directory, with a password that is made for one start, and a
 * part of a server.xml that names them. The directory is its owner's alone. They are read at the
 * start only. Immutable.
 *
 * <p>Held by: AdminTlsTest, AdminTlsIT.
 *
 * @param keys the endpoint's own certificate and key
 * @param authorities whose clients are admitted; null to admit every client
 */
record AdminTls(MemberUrl url, KeyStore keys, @Nullable KeyStore authorities) {
  private static final String URL = "kvorum-admin-url";
  private static final String CERTIFICATE = "admin-cert-file";
  private static final String KEY = "admin-key-file";
  private static final String AUTHORITIES = "admin-trusted-ca-file";
  private static final char[] NO_PASSWORD = {};
  private static final int PASSWORD_BYTES = 16;

  /**
   * Reads the files.
   *
   * @return null if the endpoint is plain, or is not served
   * @throws ConfigurationException if they cannot be used, or are set for a plain endpoint
   */
  static @Nullable AdminTls read(FlagValues values, @Nullable MemberUrl admin) {
    if (admin == null || !admin.isSecure()) {
      for (String flag : new String[] {CERTIFICATE, KEY, AUTHORITIES}) {
        String value = values.get(flag);
        if (value != null && !value.isEmpty()) {
          throw Flags.get(flag).refusal(value, "needs an https:// URL in --" + URL);
        }
      }
      return null;
    }
    String certificate = values.get(CERTIFICATE);
    String key = values.get(KEY);
    if (certificate == null || key == null) {
      throw Flags.get(URL).refusal(admin.toString(), "needs --" + CERTIFICATE + " and --" + KEY);
    }
    String authorities = values.get(AUTHORITIES);
    return new AdminTls(
        admin, keyStore(certificate, key), authorities == null ? null : trustStore(authorities));
  }

  private static KeyStore keyStore(String certificate, String key) {
    try {
      KeyStore keys = empty();
      keys.setKeyEntry(
          "admin", PemFiles.privateKey(key), NO_PASSWORD, certificates(CERTIFICATE, certificate));
      return keys;
    } catch (IOException | GeneralSecurityException unusable) {
      throw Flags.get(KEY).refusal(key, Reason.of(unusable));
    }
  }

  private static KeyStore trustStore(String authorities) {
    try {
      KeyStore trusted = empty();
      for (X509Certificate authority : certificates(AUTHORITIES, authorities)) {
        trusted.setCertificateEntry(authority.getSerialNumber().toString(), authority);
      }
      return trusted;
    } catch (IOException | GeneralSecurityException unusable) {
      throw Flags.get(AUTHORITIES).refusal(authorities, Reason.of(unusable));
    }
  }

  private static KeyStore empty() throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  private static X509Certificate[] certificates(String flag, String file) {
    try {
      X509Certificate[] certificates = PemFiles.certificates(file);
      if (certificates.length == 0) {
        throw Flags.get(flag).refusal(file, "it has no certificate in PEM");
      }
      return certificates;
    } catch (IOException unreadable) {
      throw Flags.get(flag).refusal(file, Reason.of(unreadable));
    } catch (GeneralSecurityException malformed) {
      throw Flags.get(flag).refusal(file, "it has no certificate in PEM");
    }
  }

  /**
   * Writes what Liberty reads.
   *
   * @return the part of a server.xml
   */
  Path write(Path directory) throws IOException {
    DurableFiles.createPrivateDirectories(directory);
    byte[] random = new byte[PASSWORD_BYTES];
    new SecureRandom().nextBytes(random);
    String password = HexFormat.of().formatHex(random);
    StringBuilder xml = new StringBuilder("<server>\n");
    xml.append("  <featureManager><feature>transportSecurity-1.0</feature></featureManager>\n");
    xml.append(store("adminKeys", keys, directory.resolve("keys.p12"), password));
    String trust = "";
    if (authorities != null) {
      xml.append(store("adminTrust", authorities, directory.resolve("trusted.p12"), password));
      trust = " trustStoreRef=\"adminTrust\" clientAuthentication=\"true\"";
    }
    xml.append("  <ssl id=\"adminTls\" keyStoreRef=\"adminKeys\" sslProtocol=\"TLSv1.2,TLSv1.3\"")
        .append(trust)
        .append("/>\n  <httpEndpoint id=\"defaultHttpEndpoint\" httpPort=\"-1\" httpsPort=\"")
        .append(url.port())
        .append("\"><sslOptions sslRef=\"adminTls\"/></httpEndpoint>\n</server>\n");
    Path file = directory.resolve("admin.xml");
    Files.write(file, xml.toString().getBytes(StandardCharsets.UTF_8));
    return file;
  }

  private static String store(String id, KeyStore store, Path file, String password)
      throws IOException {
    try (OutputStream out = Files.newOutputStream(file)) {
      protectedBy(password, store).store(out, password.toCharArray());
    } catch (GeneralSecurityException impossible) {
      throw new IOException(impossible);
    }
    return "  <keyStore id=\""
        + id
        + "\" type=\"PKCS12\" location=\""
        + escaped(file.toString())
        + "\" password=\""
        + password
        + "\"/>\n";
  }

  /** The same entries; Liberty opens keys with the password of their store. */
  private static KeyStore protectedBy(String password, KeyStore store)
      throws IOException, GeneralSecurityException {
    KeyStore copy = empty();
    for (String alias : Collections.list(store.aliases())) {
      if (store.isKeyEntry(alias)) {
        copy.setKeyEntry(
            alias,
            store.getKey(alias, NO_PASSWORD),
            password.toCharArray(),
            store.getCertificateChain(alias));
      } else {
        copy.setCertificateEntry(alias, store.getCertificate(alias));
      }
    }
    return copy;
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
  }
}
