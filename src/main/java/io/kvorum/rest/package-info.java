/**
 * The JSON face: etcd's gRPC gateway, and the rules for all HTTP requests.
 *
 * <pre>
 *   ClientFilter ── PortGuard, RelayPort
 *     │
 *     ├─ KvServlet            put and range                      RequestBodies, MessageToJson
 *     ├─ StreamServlet        watch, keep-alive, observe         JsonStreams ── JsonStream
 *     │                                                             RequestBody │ Conversation
 *     ├─ GatewayApplication   all other calls, as resources      MessageReader, MessageWriter,
 *     │                                                          AnswerThreads, FailureMapper;
 *     │                                                          TurnAnswers for those that wait
 *     └─ UnknownPathServlet   everything else
 * </pre>
 *
 * <p>There are three ways to serve a call, each for a reason. A call with one request and one
 * answer is a JAX-RS resource that translates with {@code io.kvorum.wire} and delegates to a
 * service: a new call goes there. Put and range are a servlet, since they make up nearly all of the
 * load and JAX-RS costs a put 35 microseconds of CPU, and a range 10. Streams are a servlet, since
 * JAX-RS cannot read a body piece by piece without holding a thread. {@code VanishedClients} ends
 * what waits for a client that has disconnected. Errors of all three have the form of {@code
 * GatewayError}; paths of calls that are not supported yet stand in {@code GatewayPaths}.
 */
@NullMarked
package io.kvorum.rest;

import org.jspecify.annotations.NullMarked;
