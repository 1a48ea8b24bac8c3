package io.kvorum.log;

import static io.kvorum.log.ProtobufCommandCodec.tag;
import static io.kvorum.log.ProtobufCommandCodec.unknown;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import io.kvorum.model.Bytes;
import io.kvorum.model.Command;
import io.kvorum.model.Principal;
import io.kvorum.proto.log.Put;
import io.kvorum.proto.log.Stamped;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Writes and reads puts field by field, stamped with their user or not; the bytes are those of the
 * generated classes. Stateless.
 *
 * <p>Held by: ProtobufCommandCodecTest.
 */
final class PutCodec {
  private static final int PUT_TAG = message(io.kvorum.proto.log.Command.PUT_FIELD_NUMBER);
  private static final int STAMPED_TAG = message(io.kvorum.proto.log.Command.STAMPED_FIELD_NUMBER);
  private static final int USER_TAG = message(Stamped.USER_FIELD_NUMBER);
  private static final int REVISION_TAG = number(Stamped.AUTH_REVISION_FIELD_NUMBER);
  private static final int STAMPED_COMMAND_TAG = message(Stamped.COMMAND_FIELD_NUMBER);
  private static final int KEY_TAG = message(Put.KEY_FIELD_NUMBER);
  private static final int VALUE_TAG = message(Put.VALUE_FIELD_NUMBER);
  private static final int LEASE_TAG = number(Put.LEASE_FIELD_NUMBER);
  private static final int WANTS_PREV_KV_TAG = number(Put.WANTS_PREV_KV_FIELD_NUMBER);
  private static final int IGNORE_VALUE_TAG = number(Put.IGNORE_VALUE_FIELD_NUMBER);
  private static final int IGNORE_LEASE_TAG = number(Put.IGNORE_LEASE_FIELD_NUMBER);

  private PutCodec() {}

  /** Whether it is a put, stamped or not. */
  static boolean hasFormOf(Command command) {
    return command instanceof Command.Put
        || (command instanceof Command.Stamped stamped && stamped.command() instanceof Command.Put);
  }

  /** The bytes of the message {@code Command}, without its tag and its length. */
  static int sizeOf(Command command) {
    return command instanceof Command.Stamped stamped
        ? sizeWith(STAMPED_TAG, sizeOf(stamped))
        : sizeWith(PUT_TAG, sizeOf((Command.Put) command));
  }

  private static int sizeOf(Command.Stamped stamped) {
    Principal principal = stamped.principal();
    int size = sizeWith(STAMPED_COMMAND_TAG, sizeOf(stamped.command()));
    if (!principal.user().isEmpty()) {
      size += CodedOutputStream.computeStringSize(Stamped.USER_FIELD_NUMBER, principal.user());
    }
    if (principal.authRevision() != 0) {
      size +=
          CodedOutputStream.computeInt64Size(
              Stamped.AUTH_REVISION_FIELD_NUMBER, principal.authRevision());
    }
    return size;
  }

  private static int sizeOf(Command.Put put) {
    int size = sizeOf(put.key()) + sizeOf(put.value());
    if (put.lease() != 0) {
      size += CodedOutputStream.computeInt64Size(Put.LEASE_FIELD_NUMBER, put.lease());
    }
    return size
        + (put.wantsPrevKv() ? 2 : 0)
        + (put.ignoreValue() ? 2 : 0)
        + (put.ignoreLease() ? 2 : 0);
  }

  private static int sizeOf(Bytes bytes) {
    return bytes.isEmpty() ? 0 : sizeWith(KEY_TAG, bytes.length());
  }

  private static int sizeWith(int tag, int length) {
    return CodedOutputStream.computeUInt32SizeNoTag(tag)
        + CodedOutputStream.computeUInt32SizeNoTag(length)
        + length;
  }

  /** Writes the message {@code Command}, behind its length. */
  static void write(CodedOutputStream out, Command command) throws IOException {
    out.writeUInt32NoTag(sizeOf(command));
    if (command instanceof Command.Stamped stamped) {
      write(out, stamped);
    } else {
      write(out, (Command.Put) command);
    }
  }

  private static void write(CodedOutputStream out, Command.Stamped stamped) throws IOException {
    out.writeUInt32NoTag(STAMPED_TAG);
    out.writeUInt32NoTag(sizeOf(stamped));
    Principal principal = stamped.principal();
    if (!principal.user().isEmpty()) {
      out.writeString(Stamped.USER_FIELD_NUMBER, principal.user());
    }
    if (principal.authRevision() != 0) {
      out.writeInt64(Stamped.AUTH_REVISION_FIELD_NUMBER, principal.authRevision());
    }
    out.writeUInt32NoTag(STAMPED_COMMAND_TAG);
    write(out, stamped.command());
  }

  private static void write(CodedOutputStream out, Command.Put put) throws IOException {
    out.writeUInt32NoTag(PUT_TAG);
    out.writeUInt32NoTag(sizeOf(put));
    if (!put.key().isEmpty()) {
      out.writeByteArray(Put.KEY_FIELD_NUMBER, put.key().unsafeArray());
    }
    if (!put.value().isEmpty()) {
      out.writeByteArray(Put.VALUE_FIELD_NUMBER, put.value().unsafeArray());
    }
    if (put.lease() != 0) {
      out.writeInt64(Put.LEASE_FIELD_NUMBER, put.lease());
    }
    if (put.wantsPrevKv()) {
      out.writeBool(Put.WANTS_PREV_KV_FIELD_NUMBER, true);
    }
    if (put.ignoreValue()) {
      out.writeBool(Put.IGNORE_VALUE_FIELD_NUMBER, true);
    }
    if (put.ignoreLease()) {
      out.writeBool(Put.IGNORE_LEASE_FIELD_NUMBER, true);
    }
  }

  /**
   * Reads the message {@code Command}, up to the limit of the stream.
   *
   * @return null if it is no put, or has another form than what is written here; then the stream
   *     stands anywhere in the message
   */
  static @Nullable Command read(CodedInputStream in) throws IOException {
    int tag = in.readTag();
    if (tag == STAMPED_TAG) {
      return readStamped(in);
    }
    if (tag != PUT_TAG) {
      return null;
    }
    Command.Put put = readPut(in);
    if (!in.isAtEnd()) {
      throw unknown("field of a command", in.readTag());
    }
    return put;
  }

  private static Command.@Nullable Stamped readStamped(CodedInputStream in) throws IOException {
    int outer = in.pushLimit(in.readRawVarint32());
    int tag = in.readTag();
    String user = "";
    if (tag == USER_TAG) {
      user = in.readStringRequireUtf8();
      tag = in.readTag();
    }
    long revision = 0;
    if (tag == REVISION_TAG) {
      revision = in.readInt64();
      tag = in.readTag();
    }
    Command.Put put = null;
    if (tag == STAMPED_COMMAND_TAG) {
      int limit = in.pushLimit(in.readRawVarint32());
      put = in.readTag() == PUT_TAG ? readPut(in) : null;
      if (!in.isAtEnd()) {
        put = null;
      }
      in.popLimit(limit);
    }
    boolean isWhole = in.isAtEnd();
    in.popLimit(outer);
    return put == null || !isWhole || !in.isAtEnd()
        ? null
        : new Command.Stamped(new Principal(user, revision), put);
  }

  private static Command.Put readPut(CodedInputStream in) throws IOException {
    int limit = in.pushLimit(in.readRawVarint32());
    Bytes key = Bytes.EMPTY;
    Bytes value = Bytes.EMPTY;
    long lease = 0;
    boolean wantsPrevKv = false;
    boolean ignoreValue = false;
    boolean ignoreLease = false;
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      if (tag == KEY_TAG) {
        key = Bytes.wrap(in.readByteArray());
      } else if (tag == VALUE_TAG) {
        value = Bytes.wrap(in.readByteArray());
      } else if (tag == LEASE_TAG) {
        lease = in.readInt64();
      } else if (tag == WANTS_PREV_KV_TAG) {
        wantsPrevKv = in.readBool();
      } else if (tag == IGNORE_VALUE_TAG) {
        ignoreValue = in.readBool();
      } else if (tag == IGNORE_LEASE_TAG) {
        ignoreLease = in.readBool();
      } else {
        throw unknown("field of a put", tag);
      }
    }
    in.popLimit(limit);
    in.checkLastTagWas(0);
    return new Command.Put(key, value, lease, wantsPrevKv, ignoreValue, ignoreLease);
  }

  private static int message(int field) {
    return tag(field, WireFormat.WIRETYPE_LENGTH_DELIMITED);
  }

  private static int number(int field) {
    return tag(field, WireFormat.WIRETYPE_VARINT);
  }
}
