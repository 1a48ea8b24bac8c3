package io.kvorum.rest;

import io.kvorum.proto.v3electionpb.CampaignRequest;
import io.kvorum.proto.v3electionpb.CampaignResponse;
import io.kvorum.proto.v3electionpb.LeaderRequest;
import io.kvorum.proto.v3electionpb.LeaderResponse;
import io.kvorum.proto.v3electionpb.ProclaimRequest;
import io.kvorum.proto.v3electionpb.ProclaimResponse;
import io.kvorum.proto.v3electionpb.ResignRequest;
import io.kvorum.proto.v3electionpb.ResignResponse;
import io.kvorum.service.ElectionService;
import io.kvorum.service.Entrance;
import io.kvorum.service.Headers;
import io.kvorum.wire.ElectionWire;
import io.kvorum.wire.ErrorTable;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import java.util.concurrent.CompletionStage;

/**
 * Serves etcd's Election service as JSON, except Observe, which is a stream. Thread-safe.
 *
 * <p>Held by: JsonElectionIT.
 */
@Path("/election")
@ApplicationSingleton
public final class ElectionResource {
  private final Entrance<ElectionService> elections;
  private final Headers headers;
  private final TurnAnswers turns;
  private final AnswerThreads threads;

  @Inject
  public ElectionResource(
      Entrance<ElectionService> elections,
      Headers headers,
      TurnAnswers turns,
      AnswerThreads threads) {
    this.elections = elections;
    this.headers = headers;
    this.turns = turns;
    this.threads = threads;
  }

  @POST
  @Path("/campaign")
  public CompletionStage<CampaignResponse> campaign(
      CampaignRequest request, @Context HttpServletRequest http) {
    return turns.answer(
        http,
        elections.turn(
            Callers.of(http),
            request,
            (service, asked) ->
                service.campaign(
                    ElectionWire.name(asked), asked.getLease(), ElectionWire.value(asked))),
        elected -> ElectionWire.response(headers.at(elected.revision()), elected));
  }

  @POST
  @Path("/proclaim")
  public CompletionStage<ProclaimResponse> proclaim(
      ProclaimRequest request, @Context HttpServletRequest http) {
    return threads.answer(
        ErrorTable.withoutCodes(
            elections.call(
                Callers.of(http),
                request,
                (service, asked) ->
                    service.proclaim(ElectionWire.leadership(asked), ElectionWire.value(asked)))),
        result -> ElectionWire.proclaimed(headers.at(result.revision())));
  }

  @POST
  @Path("/leader")
  public CompletionStage<LeaderResponse> leader(
      LeaderRequest request, @Context HttpServletRequest http) {
    return threads.answer(
        ErrorTable.withoutCodes(
            elections.call(
                Callers.of(http),
                request,
                (service, asked) -> service.leader(ElectionWire.name(asked)))),
        leader -> ElectionWire.response(headers.at(leader.revision()), leader));
  }

  @POST
  @Path("/resign")
  public CompletionStage<ResignResponse> resign(
      ResignRequest request, @Context HttpServletRequest http) {
    return threads.answer(
        ErrorTable.withoutCodes(
            elections.call(
                Callers.of(http),
                request,
                (service, asked) -> service.resign(ElectionWire.leadership(asked)))),
        result -> ElectionWire.resigned(headers.at(result.revision())));
  }
}
