package io.kvorum.log;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.MessageLite;
import com.google.protobuf.WireFormat;
import io.kvorum.consensus.CommandCodec;
import io.kvorum.model.Bytes;
import io.kvorum.model.Command;
import io.kvorum.proto.log.Batch;
import io.kvorum.proto.log.Put;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Encodes batches of commands after the schema {@code kvorum/log.proto}. Stateless and thread-safe.
 *
 * <p>Nearly every command is a put, and each passes here on its way to the disk: puts are written
 * and read field by field, without messages in between. Everything else goes through the generated
 * classes ({@link CommandEncoder}, {@link CommandDecoder}). A batch is written as the lowest
 * version that has all of it ({@link CommandVersion}).
 */
public final class ProtobufCommandCodec implements CommandCodec {
  /** Deeper than any transaction that a face lets in. */
  private static final int RECURSION_LIMIT = 1000;

  private static final int VERSION_TAG =
      tag(Batch.VERSION_FIELD_NUMBER, WireFormat.WIRETYPE_VARINT);
  private static final int COMMAND_TAG =
      tag(Batch.COMMAND_FIELD_NUMBER, WireFormat.WIRETYPE_LENGTH_DELIMITED);
  private static final int COMMAND_PUT_TAG =
      tag(io.kvorum.proto.log.Command.PUT_FIELD_NUMBER, WireFormat.WIRETYPE_LENGTH_DELIMITED);
  private static final int PUT_KEY_TAG =
      tag(Put.KEY_FIELD_NUMBER, WireFormat.WIRETYPE_LENGTH_DELIMITED);
  private static final int PUT_VALUE_TAG =
      tag(Put.VALUE_FIELD_NUMBER, WireFormat.WIRETYPE_LENGTH_DELIMITED);
  private static final int PUT_LEASE_TAG = tag(Put.LEASE_FIELD_NUMBER, WireFormat.WIRETYPE_VARINT);
  private static final int PUT_WANTS_PREV_KV_TAG =
      tag(Put.WANTS_PREV_KV_FIELD_NUMBER, WireFormat.WIRETYPE_VARINT);
  private static final int PUT_IGNORE_VALUE_TAG =
      tag(Put.IGNORE_VALUE_FIELD_NUMBER, WireFormat.WIRETYPE_VARINT);
  private static final int PUT_IGNORE_LEASE_TAG =
      tag(Put.IGNORE_LEASE_FIELD_NUMBER, WireFormat.WIRETYPE_VARINT);

  @Override
  public byte[] encode(List<Command> commands) {
    MessageLite[] messages = new MessageLite[commands.size()];
    int version = CommandVersion.FIRST;
    int size = CodedOutputStream.computeUInt32Size(Batch.VERSION_FIELD_NUMBER, CommandVersion.LAST);
    for (int i = 0; i < messages.length; i++) {
      Command command = commands.get(i);
      int body;
      if (command instanceof Command.Put put) {
        body = commandSize(putSize(put));
      } else {
        messages[i] = CommandEncoder.message(command);
        version = Math.max(version, CommandVersion.of(command));
        body = messages[i].getSerializedSize();
      }
      size = Math.addExact(size, 1 + CodedOutputStream.computeUInt32SizeNoTag(body) + body);
    }
    byte[] bytes = new byte[size];
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    try {
      out.writeUInt32(Batch.VERSION_FIELD_NUMBER, version);
      for (int i = 0; i < messages.length; i++) {
        if (commands.get(i) instanceof Command.Put put) {
          writePut(out, put);
        } else {
          out.writeMessage(Batch.COMMAND_FIELD_NUMBER, messages[i]);
        }
      }
      out.checkNoSpaceLeft();
    } catch (IOException impossible) {
      throw new UncheckedIOException("the array has the computed size", impossible);
    }
    return bytes;
  }

  @Override
  public List<Command> decode(byte[] bytes) {
    CodedInputStream in = CodedInputStream.newInstance(bytes);
    in.setRecursionLimit(RECURSION_LIMIT);
    try {
      int version = readVersion(in);
      List<Command> commands = new ArrayList<>();
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        if (tag != COMMAND_TAG) {
          throw unknown("field", tag);
        }
        Command command = readCommand(in, bytes);
        if (CommandVersion.of(command) > version) {
          throw new IllegalArgumentException(
              "a batch of commands of version " + version + " with one of a later version");
        }
        commands.add(command);
      }
      return commands;
    } catch (IOException malformed) {
      throw new IllegalArgumentException("not a batch of commands", malformed);
    }
  }

  @Override
  public int sizeOf(Command command) {
    return CommandSize.of(command);
  }

  private static int readVersion(CodedInputStream in) throws IOException {
    int tag = in.readTag();
    if (tag != VERSION_TAG) {
      throw new IllegalArgumentException("not a batch of commands: it does not name its version");
    }
    int version = in.readUInt32();
    if (version < CommandVersion.FIRST || version > CommandVersion.LAST) {
      throw new IllegalArgumentException(
          "a batch of commands of version "
              + version
              + "; known are versions up to "
              + CommandVersion.LAST);
    }
    return version;
  }

  private static Command readCommand(CodedInputStream in, byte[] bytes) throws IOException {
    int length = in.readRawVarint32();
    int start = in.getTotalBytesRead();
    int limit = in.pushLimit(length);
    Command command;
    if (in.readTag() == COMMAND_PUT_TAG) {
      int outer = in.pushLimit(in.readRawVarint32());
      command = readPut(in);
      in.popLimit(outer);
      in.checkLastTagWas(0);
      if (!in.isAtEnd()) {
        throw unknown("field of a command", in.readTag());
      }
    } else {
      CodedInputStream body = CodedInputStream.newInstance(bytes, start, length);
      body.setRecursionLimit(RECURSION_LIMIT);
      command = CommandDecoder.command(io.kvorum.proto.log.Command.parseFrom(body));
      in.skipRawBytes(start + length - in.getTotalBytesRead());
    }
    in.popLimit(limit);
    return command;
  }

  private static Command.Put readPut(CodedInputStream in) throws IOException {
    Bytes key = Bytes.EMPTY;
    Bytes value = Bytes.EMPTY;
    long lease = 0;
    boolean wantsPrevKv = false;
    boolean ignoreValue = false;
    boolean ignoreLease = false;
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      if (tag == PUT_KEY_TAG) {
        key = Bytes.wrap(in.readByteArray());
      } else if (tag == PUT_VALUE_TAG) {
        value = Bytes.wrap(in.readByteArray());
      } else if (tag == PUT_LEASE_TAG) {
        lease = in.readInt64();
      } else if (tag == PUT_WANTS_PREV_KV_TAG) {
        wantsPrevKv = in.readBool();
      } else if (tag == PUT_IGNORE_VALUE_TAG) {
        ignoreValue = in.readBool();
      } else if (tag == PUT_IGNORE_LEASE_TAG) {
        ignoreLease = in.readBool();
      } else {
        throw unknown("field of a put", tag);
      }
    }
    return new Command.Put(key, value, lease, wantsPrevKv, ignoreValue, ignoreLease);
  }

  private static void writePut(CodedOutputStream out, Command.Put put) throws IOException {
    int size = putSize(put);
    out.writeUInt32NoTag(COMMAND_TAG);
    out.writeUInt32NoTag(commandSize(size));
    out.writeUInt32NoTag(COMMAND_PUT_TAG);
    out.writeUInt32NoTag(size);
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

  /** All tags here are below 16, so that each takes one byte. */
  private static int putSize(Command.Put put) {
    int size = arraySize(put.key()) + arraySize(put.value());
    if (put.lease() != 0) {
      size += CodedOutputStream.computeInt64Size(Put.LEASE_FIELD_NUMBER, put.lease());
    }
    return size
        + (put.wantsPrevKv() ? 2 : 0)
        + (put.ignoreValue() ? 2 : 0)
        + (put.ignoreLease() ? 2 : 0);
  }

  private static int arraySize(Bytes bytes) {
    int length = bytes.length();
    return length == 0 ? 0 : 1 + CodedOutputStream.computeUInt32SizeNoTag(length) + length;
  }

  private static int commandSize(int putSize) {
    return 1 + CodedOutputStream.computeUInt32SizeNoTag(putSize) + putSize;
  }

  private static IllegalArgumentException unknown(String what, int tag) {
    return new IllegalArgumentException(
        "a batch of commands with an unknown " + what + ": " + WireFormat.getTagFieldNumber(tag));
  }

  private static int tag(int field, int wireType) {
    return field << 3 | wireType;
  }
}
