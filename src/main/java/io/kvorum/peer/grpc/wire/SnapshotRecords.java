package io.kvorum.peer.grpc.wire;

import com.google.protobuf.ByteString;
import io.kvorum.model.Bytes;
import io.kvorum.model.Revision;
import io.kvorum.mvcc.StoreSnapshot;
import io.kvorum.mvcc.history.RevisionHistory;
import io.kvorum.proto.peer.Facts;
import io.kvorum.proto.peer.Page;
import io.kvorum.proto.peer.Pages;
import io.kvorum.proto.peer.Position;
import io.kvorum.proto.peer.PullRequest;
import io.kvorum.proto.peer.StateHeader;
import io.kvorum.proto.peer.StatePart;
import io.kvorum.support.ByteStrings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Converts the parts of a snapshot to and from protobuf. Pages are shared, not copied. Stateless.
 *
 * <p>Held by: PeerSnapshotTransferTest.
 */
public final class SnapshotRecords {
  private SnapshotRecords() {}

  /** The header, followed by the facts in messages of about {@code maxBytes} each. */
  public static List<StatePart> encode(StoreSnapshot.Header header, int maxBytes) {
    List<StatePart> parts = new ArrayList<>();
    parts.add(
        StatePart.newBuilder()
            .setHeader(
                StateHeader.newBuilder()
                    .setIndex(header.index())
                    .setTerm(header.term())
                    .setRevision(header.revision())
                    .setCompactedRevision(header.compactedRevision())
                    .setBytes(header.bytes())
                    .setFactCount(header.facts().size()))
            .build());
    Facts.Builder facts = Facts.newBuilder();
    int bytes = 0;
    for (Map.Entry<String, Bytes> fact : header.facts().entrySet()) {
      ByteString value = ByteStrings.wrap(fact.getValue().unsafeArray());
      facts.putFact(fact.getKey(), value);
      bytes += fact.getKey().length() + value.size() + 8;
      if (bytes >= maxBytes) {
        parts.add(StatePart.newBuilder().setFacts(facts).build());
        facts = Facts.newBuilder();
        bytes = 0;
      }
    }
    if (bytes > 0) {
      parts.add(StatePart.newBuilder().setFacts(facts).build());
    }
    return parts;
  }

  /** Decodes the header of a snapshot. */
  public static StoreSnapshot.Header decode(StateHeader header, Map<String, Bytes> facts) {
    return new StoreSnapshot.Header(
        header.getIndex(),
        header.getTerm(),
        header.getRevision(),
        header.getCompactedRevision(),
        facts,
        header.getBytes());
  }

  /** Encodes pages as one message. */
  public static StatePart encode(List<RevisionHistory.Page> pages) {
    Pages.Builder encoded = Pages.newBuilder();
    for (RevisionHistory.Page page : pages) {
      encoded.addPage(
          Page.newBuilder()
              .setFirst(position(page.first()))
              .setData(ByteStrings.wrap(page.data())));
    }
    return StatePart.newBuilder().setPages(encoded).build();
  }

  /** Decodes the pages of one message. */
  public static List<RevisionHistory.Page> decode(Pages pages) {
    List<RevisionHistory.Page> decoded = new ArrayList<>(pages.getPageCount());
    for (Page page : pages.getPageList()) {
      decoded.add(
          new RevisionHistory.Page(revision(page.getFirst()), ByteStrings.unwrap(page.getData())));
    }
    return decoded;
  }

  /** The request that opens a snapshot. */
  public static PullRequest atLeast(long index) {
    return PullRequest.newBuilder().setAtLeastIndex(index).build();
  }

  /** The request for the pages after that revision. */
  public static PullRequest after(Revision revision) {
    return PullRequest.newBuilder().setAfter(position(revision)).build();
  }

  /** Decodes a revision. */
  public static Revision revision(Position position) {
    return new Revision(position.getMain(), position.getSub());
  }

  private static Position.Builder position(Revision revision) {
    return Position.newBuilder().setMain(revision.main()).setSub(revision.sub());
  }
}
