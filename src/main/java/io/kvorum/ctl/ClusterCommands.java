package io.kvorum.ctl;

import io.kvorum.ctl.client.Connection;
import io.kvorum.ctl.client.Connections;
import io.kvorum.ctl.client.RpcException;
import io.kvorum.ctl.output.AlarmsReport;
import io.kvorum.ctl.output.DowngradeReport;
import io.kvorum.ctl.output.MembersReport;
import io.kvorum.proto.etcdserverpb.AlarmMember;
import io.kvorum.proto.etcdserverpb.AlarmRequest;
import io.kvorum.proto.etcdserverpb.AlarmRequest.AlarmAction;
import io.kvorum.proto.etcdserverpb.AlarmResponse;
import io.kvorum.proto.etcdserverpb.DowngradeRequest;
import io.kvorum.proto.etcdserverpb.DowngradeRequest.DowngradeAction;
import io.kvorum.proto.etcdserverpb.DowngradeResponse;
import io.kvorum.proto.etcdserverpb.MemberListRequest;
import io.kvorum.proto.etcdserverpb.MemberListResponse;
import java.util.Locale;

/**
 * The commands that any member answers for all. Stateless.
 *
 * <p>Held by: ClientCommandsTest.
 */
final class ClusterCommands {
  private ClusterCommands() {}

  static int memberList(Invocation invocation)
      throws CtlException, RpcException, InterruptedException {
    String consistency = invocation.flags().text("consistency");
    if (!consistency.equals("l") && !consistency.equals("s")) {
      throw new CtlException(
          ExitStatus.BAD_FEATURE, "unknown consistency flag \"" + consistency + "\"");
    }
    try (Connections connections = new Connections(invocation.settings())) {
      MemberListResponse members = members(connections.any(), consistency.equals("l"));
      invocation.print(new MembersReport(members, invocation.hex()));
    }
    return ExitStatus.SUCCESS;
  }

  static MemberListResponse members(Connection connection, boolean linearizable)
      throws RpcException {
    MemberListRequest request =
        MemberListRequest.newBuilder().setLinearizable(linearizable).build();
    return connection.call(any -> any.cluster().memberList(request));
  }

  static int alarmList(Invocation invocation)
      throws CtlException, RpcException, InterruptedException {
    invocation.noArguments("alarm list command accepts no arguments");
    try (Connections connections = new Connections(invocation.settings())) {
      AlarmResponse alarms = alarms(connections.any());
      invocation.print(new AlarmsReport(alarms, invocation.hex()));
    }
    return ExitStatus.SUCCESS;
  }

  static AlarmResponse alarms(Connection connection) throws RpcException {
    return connection.call(any -> any.maintenance().alarm(AlarmRequest.getDefaultInstance()));
  }

  /** One call for each alarm: none disarms them all. */
  static int alarmDisarm(Invocation invocation)
      throws CtlException, RpcException, InterruptedException {
    invocation.noArguments("alarm disarm command accepts no arguments");
    AlarmResponse.Builder disarmed = AlarmResponse.newBuilder();
    try (Connections connections = new Connections(invocation.settings())) {
      Connection connection = connections.any();
      for (AlarmMember alarm : alarms(connection).getAlarmsList()) {
        AlarmRequest request =
            AlarmRequest.newBuilder()
                .setAction(AlarmAction.DEACTIVATE)
                .setMemberID(alarm.getMemberID())
                .setAlarmValue(alarm.getAlarmValue())
                .build();
        disarmed.addAllAlarms(
            connection.call(any -> any.maintenance().alarm(request)).getAlarmsList());
      }
    }
    invocation.print(new AlarmsReport(disarmed.build(), invocation.hex()));
    return ExitStatus.SUCCESS;
  }

  static int downgradeValidate(Invocation invocation)
      throws CtlException, RpcException, InterruptedException {
    return downgrade(invocation, DowngradeAction.VALIDATE, target(invocation));
  }

  static int downgradeEnable(Invocation invocation)
      throws CtlException, RpcException, InterruptedException {
    return downgrade(invocation, DowngradeAction.ENABLE, target(invocation));
  }

  static int downgradeCancel(Invocation invocation)
      throws CtlException, RpcException, InterruptedException {
    return downgrade(invocation, DowngradeAction.CANCEL, "");
  }

  private static String target(Invocation invocation) throws CtlException {
    if (invocation.arguments().isEmpty()) {
      throw CtlException.badArguments("TARGET_VERSION not provided");
    }
    String target = invocation.onlyArgument("too many arguments");
    if (target.isEmpty()) {
      throw CtlException.badArguments("target version not provided");
    }
    return target;
  }

  private static int downgrade(Invocation invocation, DowngradeAction action, String target)
      throws CtlException, RpcException, InterruptedException {
    invocation.format();
    DowngradeRequest request =
        DowngradeRequest.newBuilder().setAction(action).setVersion(target).build();
    try (Connections connections = new Connections(invocation.settings())) {
      DowngradeResponse answer =
          connections.any().call(any -> any.maintenance().downgrade(request));
      invocation.print(
          new DowngradeReport(action.name().toLowerCase(Locale.ROOT), answer, invocation.hex()));
    }
    return ExitStatus.SUCCESS;
  }
}
