package io.kvorum.rest;

import io.kvorum.proto.etcdserverpb.AlarmRequest;
import io.kvorum.proto.etcdserverpb.AlarmResponse;
import io.kvorum.proto.etcdserverpb.DefragmentRequest;
import io.kvorum.proto.etcdserverpb.DefragmentResponse;
import io.kvorum.proto.etcdserverpb.DowngradeRequest;
import io.kvorum.proto.etcdserverpb.DowngradeResponse;
import io.kvorum.proto.etcdserverpb.HashKVRequest;
import io.kvorum.proto.etcdserverpb.HashKVResponse;
import io.kvorum.proto.etcdserverpb.HashRequest;
import io.kvorum.proto.etcdserverpb.HashResponse;
import io.kvorum.proto.etcdserverpb.MoveLeaderRequest;
import io.kvorum.proto.etcdserverpb.MoveLeaderResponse;
import io.kvorum.proto.etcdserverpb.StatusRequest;
import io.kvorum.proto.etcdserverpb.StatusResponse;
import io.kvorum.service.Entrance;
import io.kvorum.service.Headers;
import io.kvorum.service.Journal;
import io.kvorum.service.MaintenanceService;
import io.kvorum.service.StoreService;
import io.kvorum.wire.MaintenanceWire;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.CompletionStage;
import org.eclipse.microprofile.faulttolerance.Bulkhead;
import org.eclipse.microprofile.faulttolerance.Timeout;

/**
 * Serves the supported calls of etcd's Maintenance service as JSON. Thread-safe.
 *
 * <p>Held by: JsonMaintenanceIT.
 */
@Path("/maintenance")
@ApplicationSingleton
public class MaintenanceResource {
  private final Entrance<MaintenanceService> maintenance;
  private final Entrance<StoreService> store;
  private final Headers headers;
  private final AnswerThreads threads;

  @Inject
  public MaintenanceResource(
      Entrance<MaintenanceService> maintenance,
      Entrance<StoreService> store,
      Headers headers,
      AnswerThreads threads) {
    this.maintenance = maintenance;
    this.store = store;
    this.headers = headers;
    this.threads = threads;
  }

  /**
   * Reads from disk, which may be slow or hang, so the number of waiting callers and their time are
   * limited. The services limit the other calls; MicroProfile's limits would cost more than the
   * calls themselves.
   */
  @POST
  @Path("/status")
  @Bulkhead(16)
  @Timeout(value = 7, unit = ChronoUnit.SECONDS)
  public StatusResponse status(StatusRequest request, @Context HttpServletRequest http) {
    Entrance.Visit<MaintenanceService> visit =
        maintenance.enter(Callers.of(http), request, Journal.Kind.ANSWER);
    MaintenanceService.Status status = visit.service().status();
    visit.ended(status, null);
    return MaintenanceWire.response(headers.at(0), status);
  }

  @POST
  @Path("/alarm")
  public CompletionStage<AlarmResponse> alarm(
      AlarmRequest request, @Context HttpServletRequest http) {
    return threads.answer(
        maintenance.call(Callers.of(http), request, MaintenanceWire::alarms),
        alarms -> MaintenanceWire.response(headers.at(0), alarms));
  }

  /** The answer is empty: it has no header. */
  @POST
  @Path("/transfer-leadership")
  public CompletionStage<MoveLeaderResponse> moveLeader(
      MoveLeaderRequest request, @Context HttpServletRequest http) {
    return threads.answer(
        maintenance.call(
            Callers.of(http), request, (service, asked) -> service.moveLeader(asked.getTargetID())),
        done -> MoveLeaderResponse.getDefaultInstance());
  }

  @POST
  @Path("/downgrade")
  public CompletionStage<DowngradeResponse> downgrade(
      DowngradeRequest request, @Context HttpServletRequest http) {
    return threads.answer(
        maintenance.call(
            Callers.of(http),
            request,
            (service, asked) -> MaintenanceWire.downgrade(service.downgrades(), asked)),
        version -> MaintenanceWire.response(headers.at(0), version));
  }

  @POST
  @Path("/hash")
  public CompletionStage<HashResponse> hash(HashRequest request, @Context HttpServletRequest http) {
    return threads.answer(
        store.call(Callers.of(http), request, (service, asked) -> service.hash()),
        hash -> MaintenanceWire.response(headers.at(0), hash));
  }

  @POST
  @Path("/hashkv")
  public CompletionStage<HashKVResponse> hashKv(
      HashKVRequest request, @Context HttpServletRequest http) {
    return threads.answer(
        store.call(
            Callers.of(http), request, (service, asked) -> service.hashKv(asked.getRevision())),
        hash -> MaintenanceWire.response(headers.at(0), hash));
  }

  /** The answer is empty: it has no header. */
  @POST
  @Path("/defragment")
  public CompletionStage<DefragmentResponse> defragment(
      DefragmentRequest request, @Context HttpServletRequest http) {
    return threads.answer(
        store.call(Callers.of(http), request, (service, asked) -> service.defragment()),
        done -> DefragmentResponse.getDefaultInstance());
  }
}
