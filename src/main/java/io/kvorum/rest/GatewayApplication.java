package io.kvorum.rest;

import jakarta.ws.rs.ApplicationPath;
import jakarta.ws.rs.core.Application;

/** The unary calls of the gateway, {@code /v3/*}; the streams are servlets beside it. */
@ApplicationPath("/v3")
public class GatewayApplication extends Application {}
