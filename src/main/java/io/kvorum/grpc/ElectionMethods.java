package io.kvorum.grpc;

import io.grpc.ServerServiceDefinition;
import io.kvorum.proto.v3electionpb.CampaignRequest;
import io.kvorum.proto.v3electionpb.CampaignResponse;
import io.kvorum.proto.v3electionpb.ElectionGrpc;
import io.kvorum.service.ElectionService;
import io.kvorum.service.Entrance;
import io.kvorum.service.Headers;
import io.kvorum.wire.ElectionWire;
import io.kvorum.wire.ErrorTable;

/**
 * Defines the Election service, method by method.
 *
 * <p>Held by: GrpcElectionIT, JetcdLockIT.
 */
final class ElectionMethods {
  private ElectionMethods() {}

  static ServerServiceDefinition define(
      Entrance<ElectionService> entrance,
      Headers headers,
      CallGuard guard,
      StreamRegistry streams) {
    TurnCall.Context<CampaignRequest, ElectionService.Elected, CampaignResponse> campaign =
        new TurnCall.Context<>(
            entrance.to(
                elections ->
                    request ->
                        elections.campaign(
                            ElectionWire.name(request),
                            request.getLease(),
                            ElectionWire.value(request))),
            elected -> ElectionWire.response(headers.at(elected.revision()), elected),
            streams);
    ObserveCall.Context observe =
        new ObserveCall.Context(
            entrance.to(elections -> elections::observe),
            leader -> ElectionWire.response(headers.at(leader.revision()), leader),
            streams);
    return ServerServiceDefinition.builder(ElectionGrpc.SERVICE_NAME)
        .addMethod(
            ElectionGrpc.getCampaignMethod(),
            guard.guarded((call, metadata) -> TurnCall.start(call, metadata, campaign)))
        .addMethod(
            ElectionGrpc.getProclaimMethod(),
            new UnaryHandler<>(
                guard,
                entrance,
                (elections, request) ->
                    ErrorTable.withoutCodes(
                        elections.proclaim(
                            ElectionWire.leadership(request), ElectionWire.value(request))),
                (request, result) -> ElectionWire.proclaimed(headers.at(result.revision()))))
        .addMethod(
            ElectionGrpc.getLeaderMethod(),
            new UnaryHandler<>(
                guard,
                entrance,
                (elections, request) ->
                    ErrorTable.withoutCodes(elections.leader(ElectionWire.name(request))),
                (request, leader) -> ElectionWire.response(headers.at(leader.revision()), leader)))
        .addMethod(
            ElectionGrpc.getObserveMethod(),
            guard.guarded((call, metadata) -> ObserveCall.start(call, metadata, observe)))
        .addMethod(
            ElectionGrpc.getResignMethod(),
            new UnaryHandler<>(
                guard,
                entrance,
                (elections, request) ->
                    ErrorTable.withoutCodes(elections.resign(ElectionWire.leadership(request))),
                (request, result) -> ElectionWire.resigned(headers.at(result.revision()))))
        .build();
  }
}
