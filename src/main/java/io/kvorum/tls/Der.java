package io.kvorum.tls;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/**
 * Writes elements in DER, the binary form of keys and certificates (X.690). Stateless.
 *
 * <p>Held by: PemFilesTest, CertificateDraftTest.
 */
final class Der {
  static final int BOOLEAN = 0x01;
  static final int BIT_STRING = 0x03;
  static final int OCTET_STRING = 0x04;

  private static final int INTEGER = 0x02;
  private static final int OID = 0x06;
  private static final int UTF8_STRING = 0x0c;
  private static final int UTC_TIME = 0x17;
  private static final int GENERALIZED_TIME = 0x18;
  private static final int SEQUENCE = 0x30;
  private static final int SET = 0x31;

  /** From this year on a certificate writes years with four digits (RFC 5280, 4.1.2.5). */
  private static final int FOUR_DIGITS_FROM = 2050;

  private Der() {}

  /** An element with that tag. */
  static byte[] element(int tag, byte[] content) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(tag);
    if (content.length < 0x80) {
      out.write(content.length);
    } else {
      int bytes = content.length < 0x100 ? 1 : content.length < 0x1_0000 ? 2 : 3;
      out.write(0x80 | bytes);
      for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
        out.write(content.length >>> shift);
      }
    }
    out.writeBytes(content);
    return out.toByteArray();
  }

  static byte[] sequence(byte[]... parts) {
    return element(SEQUENCE, join(parts));
  }

  static byte[] set(byte[]... parts) {
    return element(SET, join(parts));
  }

  /** An element with the number that its surroundings give a meaning, and elements inside. */
  static byte[] tagged(int number, byte[]... parts) {
    return element(0xa0 | number, join(parts));
  }

  static byte[] integer(BigInteger value) {
    return element(INTEGER, value.toByteArray());
  }

  static byte[] integer(long value) {
    return integer(BigInteger.valueOf(value));
  }

  static byte[] isTrue() {
    return element(BOOLEAN, new byte[] {(byte) 0xff});
  }

  static byte[] text(String text) {
    return element(UTF8_STRING, text.getBytes(StandardCharsets.UTF_8));
  }

  /** Whole bytes as a string of bits. */
  static byte[] bits(byte[] bytes) {
    return element(BIT_STRING, join(new byte[] {0}, bytes));
  }

  /**
   * An object identifier.
   *
   * @param dotted such as {@code 2.5.4.3}
   */
  static byte[] oid(String dotted) {
    String[] arcs = dotted.split("\\.");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    writeArc(out, 40 * Long.parseLong(arcs[0]) + Long.parseLong(arcs[1]));
    for (int i = 2; i < arcs.length; i++) {
      writeArc(out, Long.parseLong(arcs[i]));
    }
    return element(OID, out.toByteArray());
  }

  private static void writeArc(ByteArrayOutputStream out, long arc) {
    int shift = 0;
    while (arc >>> shift >= 0x80) {
      shift += 7;
    }
    for (; shift > 0; shift -= 7) {
      out.write((int) (0x80 | arc >>> shift & 0x7f));
    }
    out.write((int) (arc & 0x7f));
  }

  /** A moment, to the second. */
  static byte[] time(Instant moment) {
    var utc = moment.atOffset(ZoneOffset.UTC);
    boolean isShort = utc.getYear() < FOUR_DIGITS_FROM;
    String text =
        DateTimeFormatter.ofPattern(isShort ? "yyMMddHHmmss'Z'" : "yyyyMMddHHmmss'Z'").format(utc);
    return element(isShort ? UTC_TIME : GENERALIZED_TIME, text.getBytes(StandardCharsets.US_ASCII));
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }
}
