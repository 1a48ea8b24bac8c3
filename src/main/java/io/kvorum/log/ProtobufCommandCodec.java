package io.kvorum.log;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.MessageLite;
import com.google.protobuf.WireFormat;
import io.kvorum.consensus.CommandCodec;
import io.kvorum.model.Command;
import io.kvorum.proto.log.Batch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Encodes batches of commands after the schema {@code kvorum/log.proto}. Stateless and thread-safe.
 *
 * <p>Nearly every command is a put, and each passes here on its way to the disk: puts are written
 * and read field by field, without messages in between ({@link PutCodec}). Everything else goes
 * through the generated classes ({@link CommandEncoder}, {@link CommandDecoder}). A batch is
 * written as the lowest version that has all of it ({@link CommandVersion}).
 */
public final class ProtobufCommandCodec implements CommandCodec {
  /** Deeper than any transaction that a face lets in. */
  private static final int RECURSION_LIMIT = 1000;

  private static final int VERSION_TAG =
      tag(Batch.VERSION_FIELD_NUMBER, WireFormat.WIRETYPE_VARINT);
  private static final int COMMAND_TAG =
      tag(Batch.COMMAND_FIELD_NUMBER, WireFormat.WIRETYPE_LENGTH_DELIMITED);

  @Override
  public byte[] encode(List<Command> commands) {
    @Nullable MessageLite[] messages = new @Nullable MessageLite[commands.size()];
    int version = CommandVersion.FIRST;
    int size = CodedOutputStream.computeUInt32Size(Batch.VERSION_FIELD_NUMBER, CommandVersion.LAST);
    for (int i = 0; i < messages.length; i++) {
      Command command = commands.get(i);
      int body;
      if (PutCodec.hasFormOf(command)) {
        body = PutCodec.sizeOf(command);
        version = Math.max(version, CommandVersion.of(command));
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
        if (messages[i] == null) {
          out.writeUInt32NoTag(COMMAND_TAG);
          PutCodec.write(out, commands.get(i));
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
    Command command = PutCodec.read(in);
    if (command == null) {
      CodedInputStream body = CodedInputStream.newInstance(bytes, start, length);
      body.setRecursionLimit(RECURSION_LIMIT);
      command = CommandDecoder.command(io.kvorum.proto.log.Command.parseFrom(body));
      in.skipRawBytes(start + length - in.getTotalBytesRead());
    }
    in.popLimit(limit);
    return command;
  }

  static IllegalArgumentException unknown(String what, int tag) {
    return new IllegalArgumentException(
        "a batch of commands with an unknown " + what + ": " + WireFormat.getTagFieldNumber(tag));
  }

  static int tag(int field, int wireType) {
    return field << 3 | wireType;
  }
}
