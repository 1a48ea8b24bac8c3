package io.kvorum.ctl.output;

import io.kvorum.proto.etcdserverpb.ResponseHeader;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes the headers of answers. Stateless.
 *
 * <p>Held by: ClusterReportsTest, EndpointReportsTest.
 */
final class Headers {
  private Headers() {}

  static String json(ResponseHeader header) {
    return new GoJson()
        .unsigned("cluster_id", header.getClusterId())
        .unsigned("member_id", header.getMemberId())
        .signed("revision", header.getRevision())
        .unsigned("raft_term", header.getRaftTerm())
        .done();
  }

  /** With ids in hex, as texts. */
  static String hexJson(ResponseHeader header) {
    return new GoJson()
        .raw("cluster_id", GoJson.quoted(GoText.hex(header.getClusterId())))
        .raw("member_id", GoJson.quoted(GoText.hex(header.getMemberId())))
        .signed("revision", header.getRevision())
        .unsigned("raft_term", header.getRaftTerm())
        .done();
  }

  /** The revision only where the answer has one. */
  static List<String> fields(ResponseHeader header, boolean hex) {
    List<String> lines = new ArrayList<>();
    lines.add(field("ClusterID", id(header.getClusterId(), hex)));
    lines.add(field("MemberID", id(header.getMemberId(), hex)));
    if (header.getRevision() > 0) {
      lines.add(field("Revision", header.getRevision()));
    }
    lines.add(field("RaftTerm", Long.toUnsignedString(header.getRaftTerm())));
    return lines;
  }

  static String id(long id, boolean hex) {
    return hex ? GoText.hex(id) : Long.toUnsignedString(id);
  }

  static String field(String name, Object value) {
    return "\"" + name + "\" : " + value;
  }
}
