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
 * Maps failures of resources to the gateway's form. A path that no resource serves is either a call
 * that is not supported yet, or unknown.
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
      return routingError();
    }
    if (failure instanceof ProcessingException wrapper && wrapper.getCause() != null) {
      return GatewayError.of(wrapper.getCause());
    }
    return GatewayError.of(failure);
  }

  private GatewayError routingError() {
    String call = GatewayPaths.callAt(uri.getPath());
    if (call == null) {
      return GatewayError.NOT_FOUND;
    }
    return request.getMethod().equals("POST")
        ? GatewayError.unimplemented(call)
        : GatewayError.WRONG_METHOD;
  }
}
