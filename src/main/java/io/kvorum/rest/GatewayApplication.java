package io.kvorum.rest;

import jakarta.ws.rs.ApplicationPath;
import jakarta.ws.rs.core.Application;

/**
 * Registers the JAX-RS resources of the gateway under {@code /v3}.
 *
 * <p>Held by: JsonKvIT, JsonLeaseIT, JsonMemberIT.
 */
@ApplicationPath("/v3")
public class GatewayApplication extends Application {}
