package io.kvorum.ctl;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.kvorum.ctl.client.ClientSettings;
import io.kvorum.ctl.client.Connection;
import io.kvorum.ctl.client.Connections;
import io.kvorum.ctl.client.EndpointAddress;
import io.kvorum.ctl.client.RpcException;
import io.kvorum.ctl.output.GoText;
import io.kvorum.ctl.output.HashKvReport;
import io.kvorum.ctl.output.HealthReport;
import io.kvorum.ctl.output.StatusReport;
import io.kvorum.proto.etcdserverpb.AlarmMember;
import io.kvorum.proto.etcdserverpb.AlarmType;
import io.kvorum.proto.etcdserverpb.DefragmentRequest;
import io.kvorum.proto.etcdserverpb.HashKVRequest;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.proto.etcdserverpb.StatusRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The commands that each endpoint answers for itself. Stateless.
 *
 * <p>Held by: ClientCommandsTest.
 */
final class EndpointCommands {
  private static final ByteString HEALTH_KEY = ByteString.copyFromUtf8("health");

  private EndpointCommands() {}

  /** An answer, or why there is none. */
  private record Outcome<T>(
      EndpointAddress endpoint, @Nullable T answer, @Nullable RpcException failure) {
    static <T> Outcome<T> of(Connection connection, Connection.Call<T> call) {
      try {
        return new Outcome<>(connection.endpoint(), connection.call(call), null);
      } catch (RpcException failed) {
        return new Outcome<>(connection.endpoint(), null, failed);
      }
    }
  }

  static int health(Invocation invocation) throws CtlException, RpcException, InterruptedException {
    HealthReport report;
    try (Connections connections = new Connections(endpoints(invocation))) {
      report = new HealthReport(connections.each(EndpointCommands::health));
    }
    invocation.print(report);
    if (!report.isHealthy()) {
      throw new CtlException(ExitStatus.ERROR, "unhealthy cluster");
    }
    return ExitStatus.SUCCESS;
  }

  /** It is healthy if it answers a linearizable read, even by refusing it, and knows no alarm. */
  private static HealthReport.Endpoint health(Connection connection) {
    String name = connection.endpoint().text();
    long start = System.nanoTime();
    String error = "";
    try {
      connection.await();
      start = System.nanoTime();
      connection.call(any -> any.kv().range(RangeRequest.newBuilder().setKey(HEALTH_KEY).build()));
    } catch (RpcException failed) {
      error = failed.hasCode(Status.Code.PERMISSION_DENIED) ? "" : failed.getMessage();
    }
    Duration took = Duration.ofNanos(System.nanoTime() - start);
    return new HealthReport.Endpoint(name, took, error.isEmpty() ? alarms(connection) : error);
  }

  private static String alarms(Connection connection) {
    try {
      List<AlarmMember> alarms = ClusterCommands.alarms(connection).getAlarmsList();
      StringBuilder words = new StringBuilder();
      alarms.forEach(alarm -> words.append(word(alarm.getAlarm())).append(' '));
      return alarms.isEmpty() ? "" : "Active Alarm(s): " + words;
    } catch (RpcException failed) {
      return "Unable to fetch the alarm list";
    }
  }

  private static String word(AlarmType alarm) {
    return alarm == AlarmType.NOSPACE || alarm == AlarmType.CORRUPT ? alarm.name() : "UNKNOWN";
  }

  static int status(Invocation invocation) throws CtlException, RpcException, InterruptedException {
    List<StatusReport.Endpoint> answers = new ArrayList<>();
    boolean failed = false;
    try (Connections connections = new Connections(endpoints(invocation))) {
      for (var outcome :
          connections.each(
              one ->
                  Outcome.of(
                      one, any -> any.maintenance().status(StatusRequest.getDefaultInstance())))) {
        String name = outcome.endpoint().text();
        if (outcome.answer() != null) {
          answers.add(new StatusReport.Endpoint(name, outcome.answer()));
        } else {
          failed = true;
          complain(invocation, "Failed to get the status of endpoint ", outcome);
        }
      }
    }
    invocation.print(new StatusReport(answers, invocation.hex()));
    return failed ? ExitStatus.ERROR : ExitStatus.SUCCESS;
  }

  static int hashKv(Invocation invocation) throws CtlException, RpcException, InterruptedException {
    HashKVRequest request =
        HashKVRequest.newBuilder().setRevision(invocation.flags().integer("rev")).build();
    List<HashKvReport.Endpoint> answers = new ArrayList<>();
    RpcException failure = null;
    try (Connections connections = new Connections(endpoints(invocation))) {
      for (var outcome :
          connections.each(one -> Outcome.of(one, any -> any.maintenance().hashKV(request)))) {
        String name = outcome.endpoint().text();
        if (outcome.answer() != null) {
          answers.add(new HashKvReport.Endpoint(name, outcome.answer()));
        } else {
          failure = outcome.failure();
          complain(invocation, "Failed to get the hash of endpoint ", outcome);
        }
      }
    }
    invocation.print(new HashKvReport(answers, invocation.hex()));
    if (failure != null) {
      throw failure;
    }
    return ExitStatus.SUCCESS;
  }

  private static void complain(Invocation invocation, String what, Outcome<?> outcome) {
    RpcException failure = outcome.failure();
    invocation
        .err()
        .println(
            what
                + outcome.endpoint().text()
                + " ("
                + (failure == null ? "" : failure.getMessage())
                + ")");
  }

  /** One after the other: each costs its member something. */
  static int defragment(Invocation invocation)
      throws CtlException, RpcException, InterruptedException {
    int status = ExitStatus.SUCCESS;
    ClientSettings settings = endpoints(invocation);
    try (Connections connections = new Connections(settings)) {
      for (EndpointAddress endpoint : settings.endpoints()) {
        long start = System.nanoTime();
        Outcome<?> outcome =
            Outcome.of(
                connections.to(endpoint),
                one -> one.maintenance().defragment(DefragmentRequest.getDefaultInstance()));
        String took = GoText.duration(Duration.ofNanos(System.nanoTime() - start));
        RpcException failure = outcome.failure();
        if (failure == null) {
          invocation
              .out()
              .printf("Finished defragmenting etcd member[%s]. took %s%n", endpoint.text(), took);
        } else {
          invocation
              .err()
              .printf(
                  "Failed to defragment etcd member[%s]. took %s. (%s)%n",
                  endpoint.text(), took, failure.getMessage());
          status = ExitStatus.ERROR;
        }
      }
    }
    return status;
  }

  /** Those of the flag, or those that the members of its cluster name. */
  private static ClientSettings endpoints(Invocation invocation)
      throws CtlException, RpcException, InterruptedException {
    ClientSettings settings = invocation.settings();
    if (!invocation.flags().isTrue("cluster")) {
      return settings;
    }
    List<EndpointAddress> all = new ArrayList<>();
    try (Connections connections = new Connections(settings)) {
      ClusterCommands.members(connections.any(), true)
          .getMembersList()
          .forEach(
              member ->
                  member.getClientURLsList().forEach(url -> all.add(EndpointAddress.parse(url))));
    } catch (RpcException | IllegalArgumentException unusable) {
      throw new CtlException(
          ExitStatus.ERROR,
          "failed to fetch endpoints from etcd cluster member list: " + unusable.getMessage(),
          unusable);
    }
    return settings.at(all);
  }
}
