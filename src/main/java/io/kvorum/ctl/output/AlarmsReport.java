package io.kvorum.ctl.output;

import io.kvorum.proto.etcdserverpb.AlarmMember;
import io.kvorum.proto.etcdserverpb.AlarmResponse;
import io.kvorum.proto.etcdserverpb.AlarmType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reports alarms; the answer may have no header.
 *
 * @param hex whether ids are hexadecimal in the form {@code fields}
 */
public record AlarmsReport(AlarmResponse alarms, boolean hex) implements Report {
  @Override
  public List<String> simple() {
    return alarms.getAlarmsList().stream().map(AlarmsReport::text).toList();
  }

  private static String text(AlarmMember alarm) {
    List<String> parts = new ArrayList<>();
    if (alarm.getMemberID() != 0) {
      parts.add("memberID:" + Long.toUnsignedString(alarm.getMemberID()));
    }
    if (alarm.getAlarmValue() != AlarmType.NONE_VALUE) {
      parts.add("alarm:" + type(alarm));
    }
    return String.join(" ", parts);
  }

  /** The name of the alarm, or its number if it has none. */
  private static String type(AlarmMember alarm) {
    return alarm.getAlarm() == AlarmType.UNRECOGNIZED
        ? Integer.toString(alarm.getAlarmValue())
        : alarm.getAlarm().name();
  }

  @Override
  public Optional<TextTable> table() {
    return Optional.empty();
  }

  @Override
  public String json() {
    GoJson json = new GoJson();
    if (alarms.hasHeader()) {
      json.raw("header", Headers.json(alarms.getHeader()));
    }
    List<String> list =
        alarms.getAlarmsList().stream()
            .map(
                alarm ->
                    new GoJson()
                        .unsigned("memberID", alarm.getMemberID())
                        .signed("alarm", alarm.getAlarmValue())
                        .done())
            .toList();
    return list.isEmpty() ? json.done() : json.array("alarms", list).done();
  }

  @Override
  public List<String> fields() {
    List<String> lines = new ArrayList<>(Headers.fields(alarms.getHeader(), hex));
    for (AlarmMember alarm : alarms.getAlarmsList()) {
      lines.add(Headers.field("MemberID", Headers.id(alarm.getMemberID(), hex)));
      lines.add(Headers.field("AlarmType", type(alarm)));
      lines.add("");
    }
    return lines;
  }
}
