package io.kvorum.ctl.output;

import io.kvorum.proto.etcdserverpb.Member;
import io.kvorum.proto.etcdserverpb.MemberListResponse;
import java.util.ArrayList;
import java.util.List;

/**
 * Reports the members of a cluster.
 *
 * @param hex whether ids are hexadecimal in the forms {@code json} and {@code fields}
 */
public record MembersReport(MemberListResponse list, boolean hex) implements TableReport {
  @Override
  public TextTable asTable() {
    return new TextTable(
        List.of("ID", "Status", "Name", "Peer Addrs", "Client Addrs", "Is Learner"),
        list.getMembersList().stream().map(MembersReport::row).toList());
  }

  private static List<String> row(Member member) {
    return List.of(
        GoText.hex(member.getID()),
        member.getName().isEmpty() ? "unstarted" : "started",
        member.getName(),
        String.join(",", member.getPeerURLsList()),
        String.join(",", member.getClientURLsList()),
        Boolean.toString(member.getIsLearner()));
  }

  @Override
  public String json() {
    List<String> members = list.getMembersList().stream().map(this::json).toList();
    GoJson json = new GoJson();
    if (hex) {
      json.raw("header", list.hasHeader() ? Headers.hexJson(list.getHeader()) : "null");
      return json.array("members", members).done();
    }
    if (list.hasHeader()) {
      json.raw("header", Headers.json(list.getHeader()));
    }
    return members.isEmpty() ? json.done() : json.array("members", members).done();
  }

  private String json(Member member) {
    GoJson json = new GoJson();
    if (hex) {
      json.raw("ID", GoJson.quoted(GoText.hex(member.getID())));
    } else {
      json.unsigned("ID", member.getID());
    }
    return json.text("name", member.getName())
        .texts("peerURLs", member.getPeerURLsList())
        .texts("clientURLs", member.getClientURLsList())
        .flag("isLearner", member.getIsLearner())
        .done();
  }

  @Override
  public List<String> fields() {
    List<String> lines = new ArrayList<>(Headers.fields(list.getHeader(), hex));
    for (Member member : list.getMembersList()) {
      lines.add(Headers.field("ID", Headers.id(member.getID(), hex)));
      lines.add(Headers.field("Name", GoText.quoted(member.getName())));
      member
          .getPeerURLsList()
          .forEach(url -> lines.add(Headers.field("PeerURL", GoText.quoted(url))));
      member
          .getClientURLsList()
          .forEach(url -> lines.add(Headers.field("ClientURL", GoText.quoted(url))));
      lines.add(Headers.field("IsLearner", member.getIsLearner()));
      lines.add("");
    }
    return lines;
  }
}
