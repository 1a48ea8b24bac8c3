package io.kvorum.wire;

import io.kvorum.proto.etcdserverpb.ResponseHeader;
import io.kvorum.service.Header;

/**
 * Makes response headers, full ones and those inside a transaction. Stateless.
 *
 * <p>Held by: WatchCallTest, WatchConversationTest, JsonKvIT.
 */
final class HeaderWire {
  private HeaderWire() {}

  static ResponseHeader header(Header header) {
    return ResponseHeader.newBuilder()
        .setClusterId(header.clusterId())
        .setMemberId(header.memberId())
        .setRevision(header.revision())
        .setRaftTerm(header.raftTerm())
        .build();
  }

  /** Inside a transaction a header names the revision and nothing else. */
  static ResponseHeader revisionOnly(long revision) {
    return ResponseHeader.newBuilder().setRevision(revision).build();
  }
}
