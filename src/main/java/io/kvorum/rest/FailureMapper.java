package io.kvorum.rest;

import jakarta.ws.rs.ProcessingException;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Request;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import jakarta.ws.rs.ext.ExceptionMapper;
import jakarta.ws.rs.ext.Provider;

/**
 * Maps failures of resources, and what the container refuses, to the gateway's form.
 *
 * <p>Held by: JsonKvIT, OpsEndpointsIT.
 */
@Provider
public final class FailureMapper implements ExceptionMapper<Throwable> {
  @SuppressWarnings("NullAway.Init") // the container sets it
  @Context
  private UriInfo uri;

  @SuppressWarnings("NullAway.Init") // the container sets it
  @Context
  private Request request;

  @Override
  public Response toResponse(Throwable failure) {
    GatewayError error = errorOf(failure);
    Response.ResponseBuilder response =
        Response.status(error.httpStatus())
            .header(HttpHeaders.CONTENT_TYPE, MediaType.APPLICATION_JSON)
            .entity(error.json());
    if (error.isUnauthenticated()) {
      response.header(GatewayError.WWW_AUTHENTICATE, error.message());
    }
    return response.build();
  }

  private GatewayError errorOf(Throwable failure) {
    if (failure instanceof WebApplicationException routing
        && routing.getResponse().getStatus() < 500) {
      return refusal(routing.getResponse().getStatusInfo());
    }
    if (failure instanceof ProcessingException wrapper && wrapper.getCause() != null) {
      return GatewayError.of(wrapper.getCause());
    }
    return GatewayError.of(failure);
  }

  private GatewayError refusal(Response.StatusType status) {
    if (GatewayPaths.callAt(uri.getPath()) == null) {
      return GatewayError.NOT_FOUND;
    }
    return request.getMethod().equals("POST")
        ? GatewayError.ofContainer(status.getStatusCode(), status.getReasonPhrase())
        : GatewayError.WRONG_METHOD;
  }
}
