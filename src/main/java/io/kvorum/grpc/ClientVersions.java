package io.kvorum.grpc;

import io.grpc.InternalMetadata;
import io.grpc.InternalMetadata.TrustedAsciiMarshaller;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts calls by the version of the API that their clients say they have, in the metadata {@code
 * client-api-version}. Thread-safe.
 *
 * <p>Only so many versions have a figure of their own, so that a client cannot fill the memory with
 * names; all others share one.
 *
 * <p>Held by: ClientVersionsTest, GrpcSideTest.
 */
public final class ClientVersions {
  static final int MOST_VERSIONS = 50;
  private static final int LONGEST_VERSION = 32;
  private static final String UNKNOWN = "unknown";
  private static final String OTHER = "other";

  /** Internal API of gRPC, since its own marshaller makes text of anything; empty if it is none. */
  private static final Metadata.Key<Optional<String>> VERSION =
      InternalMetadata.keyOf(
          "client-api-version",
          new TrustedAsciiMarshaller<Optional<String>>() {
            @Override
            public byte[] toAsciiString(Optional<String> version) {
              return version.orElse("").getBytes(StandardCharsets.UTF_8);
            }

            @Override
            public Optional<String> parseAsciiString(byte[] bytes) {
              try {
                return Optional.of(
                    StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
              } catch (CharacterCodingException notText) {
                return Optional.empty();
              }
            }
          });

  /**
   * How many calls there were.
   *
   * @param isUnary false for streams
   * @param version as the clients say it; {@code unknown} if they do not
   */
  public record Stats(boolean isUnary, String version, long calls) {}

  private record Counted(boolean isUnary, String version) {}

  private final Map<Counted, LongAdder> counts = new ConcurrentHashMap<>();

  /** Most clients say nothing: their calls with one answer are counted without a look-up. */
  private final LongAdder unknownUnary = new LongAdder();

  ClientVersions() {
    counts.put(new Counted(true, UNKNOWN), unknownUnary);
  }

  /** Counts a call over JSON: the client is the gateway, which says nothing. */
  void countJson(boolean isUnary) {
    if (isUnary) {
      unknownUnary.increment();
    } else {
      count(MethodType.UNKNOWN, UNKNOWN);
    }
  }

  /** Counts a call by its first version, unless that is not text: then it returns false. */
  boolean count(MethodType type, Metadata headers) {
    Iterable<Optional<String>> versions = headers.getAll(VERSION);
    if (versions != null) {
      Optional<String> version = versions.iterator().next();
      version.ifPresent(text -> count(type, text));
      return version.isPresent();
    }
    if (type == MethodType.UNARY) {
      unknownUnary.increment();
    } else {
      count(type, UNKNOWN);
    }
    return true;
  }

  private void count(MethodType type, String version) {
    Counted key = new Counted(type == MethodType.UNARY, version);
    LongAdder count = counts.get(key);
    if (count == null) {
      count = counts.computeIfAbsent(hasRoomFor(version) ? key : other(key), k -> new LongAdder());
    }
    count.increment();
  }

  private boolean hasRoomFor(String version) {
    return version.length() <= LONGEST_VERSION && counts.size() <= MOST_VERSIONS;
  }

  private static Counted other(Counted key) {
    return new Counted(key.isUnary(), OTHER);
  }

  List<Stats> stats() {
    List<Stats> stats = new ArrayList<>();
    counts.forEach((key, count) -> stats.add(new Stats(key.isUnary(), key.version(), count.sum())));
    stats.removeIf(each -> each.calls() == 0);
    stats.sort(Comparator.comparing(Stats::isUnary).thenComparing(Stats::version));
    return stats;
  }
}
