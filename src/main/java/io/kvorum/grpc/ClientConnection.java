package io.kvorum.grpc;

import io.grpc.Attributes;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.kvorum.auth.Token;
import io.kvorum.service.Caller;
import io.kvorum.service.ConnectionCallers;
import io.kvorum.support.Log;
import io.kvorum.support.MemoryBudget.Account;
import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import java.security.cert.X509Certificate;
import java.time.Duration;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Holds what the calls of one gRPC connection share: the outbox of its event loop, the account of
 * the memory that they use, the requests that are arriving, and how far its client is behind with
 * reading.
 *
 * <p>A client that reads nothing for half a minute and longer, the longer the more it has asked
 * for, is disconnected; and so is one that takes as long to send a request. Confined to the event
 * loop, except for the outbox and the account.
 *
 * <p>Held by: UnreadAnswersTest.
 */
final class ClientConnection {
  /** How often {@link #closeIfStalled} is called. */
  static final Duration CHECK_INTERVAL = Duration.ofSeconds(10);

  private static final long PATIENCE_SECONDS = 30;

  private static final long FREE_UNREAD_BYTES = 64 << 10;

  /** A connection that is slower than this is as good as dead. */
  private static final long SLOWEST_BYTES_PER_SECOND = 128 << 10;

  /** The attribute of a call that holds its connection. */
  private static final Attributes.Key<ClientConnection> KEY =
      Attributes.Key.create("kvorum-connection");

  private static final Log LOG = Log.of(ClientConnection.class);

  private static final Metadata.Key<String> TOKEN =
      Metadata.Key.of("token", Metadata.ASCII_STRING_MARSHALLER);

  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  /** What a gateway of JSON adds to the calls that it makes for its clients. */
  private static final Metadata.Key<String> GATEWAY =
      Metadata.Key.of("grpcgateway-accept", Metadata.ASCII_STRING_MARSHALLER);

  private static final Metadata.Key<String> ACCEPTED_ENCODINGS =
      Metadata.Key.of("grpc-accept-encoding", Metadata.ASCII_STRING_MARSHALLER);

  private static final Metadata.Key<String> TRACE_PARENT =
      Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER);

  private final Channel channel;
  private final Outbox outbox;
  private final Account account;
  private final PresentCalls calls;
  private final Arrivals arrivals;
  private final @Nullable SSLSession session;
  private final ConnectionCallers callers;
  private boolean readsTraceParents;
  private long unreadBytes;
  private long answersRead;
  private long answersReadBefore;
  private int checksWithoutProgress;

  /**
   * @param session what TLS knows of the client; null if the connection is not secured
   */
  ClientConnection(
      Channel channel,
      Outbox outbox,
      Account account,
      Presence presence,
      Arrivals arrivals,
      @Nullable SSLSession session) {
    this.channel = channel;
    this.outbox = outbox;
    this.account = account;
    this.calls = new PresentCalls(presence);
    this.arrivals = arrivals;
    this.session = session;
    this.callers = new ConnectionCallers(callerAt(channel, session, Caller.Face.GRPC));
  }

  /** Reads from now on which span of its client a call belongs to. */
  void readTraceParents() {
    readsTraceParents = true;
  }

  /** Adds this connection to the attributes of its calls, for {@link #of}, and gRPC's own. */
  Attributes addTo(Attributes connection) {
    Attributes.Builder attributes = connection.toBuilder().set(KEY, this);
    if (session != null) {
      attributes.set(Grpc.TRANSPORT_ATTR_SSL_SESSION, session);
    }
    return attributes.build();
  }

  /** The client, with the token of a call: the first one of these keys, as etcd reads it. */
  Caller caller(Metadata headers) {
    String token = first(headers, TOKEN);
    Caller theirs = callers.withToken(token == null ? first(headers, AUTHORIZATION) : token);
    if (theirs.certificate() != null && headers.containsKey(GATEWAY)) {
      theirs = theirs.throughGateway();
    }
    return readsTraceParents ? theirs.withTraceParent(first(headers, TRACE_PARENT)) : theirs;
  }

  /**
   * How much of its headers is kept while a call is open: here the token, by gRPC the authority and
   * the encodings that the client accepts.
   */
  static int headerBytes(ServerCall<?, ?> call, Metadata headers, Caller caller) {
    return length(caller.token())
        + length(call.getAuthority())
        + length(headers.get(ACCEPTED_ENCODINGS));
  }

  private static int length(@Nullable String text) {
    return text == null ? 0 : text.length();
  }

  private static int length(@Nullable Token token) {
    return token == null ? 0 : token.length();
  }

  private static @Nullable String first(Metadata headers, Metadata.Key<String> key) {
    Iterable<String> values = headers.getAll(key);
    return values == null ? null : values.iterator().next();
  }

  /**
   * The client of a connection.
   *
   * @param session what TLS knows of it; null if the connection is not secured
   */
  static Caller callerAt(Channel channel, @Nullable SSLSession session, Caller.Face face) {
    return Caller.of(ClientAddress.of(channel), session != null, certificateOf(session), face);
  }

  private static @Nullable X509Certificate certificateOf(@Nullable SSLSession session) {
    try {
      return session == null ? null : (X509Certificate) session.getPeerCertificates()[0];
    } catch (SSLPeerUnverifiedException withoutCertificate) {
      return null;
    }
  }

  /** What TLS knows of the client behind a channel; null if it is not secured. */
  static @Nullable SSLSession sessionOf(Channel channel) {
    SslHandler secured = StreamChannel.connectionOf(channel).pipeline().get(SslHandler.class);
    return secured == null ? null : secured.engine().getSession();
  }

  static ClientConnection of(ServerCall<?, ?> call) {
    return of(call.getAttributes());
  }

  /** The connection of a call with these attributes. */
  static ClientConnection of(Attributes call) {
    ClientConnection connection = call.get(KEY);
    if (connection == null) {
      throw new IllegalStateException("the call did not come through the port sniffer");
    }
    return connection;
  }

  Outbox outbox() {
    return outbox;
  }

  Account account() {
    return account;
  }

  Arrivals arrivals() {
    return arrivals;
  }

  /**
   * Counts a call; false if there is no room for it. A client that does not even read its refusals
   * is disconnected.
   *
   * @param headerBytes what the call keeps of its {@linkplain #headerBytes headers}
   */
  boolean callBegins(int headerBytes) {
    if (calls.callBegins(headerBytes)) {
      return true;
    }
    if (!channel.isWritable()) {
      disconnect();
    }
    return false;
  }

  /** A call is over, which had begun with so much of its headers, and nothing is under way. */
  void callEnds(int headerBytes) {
    calls.callEnds(headerBytes);
  }

  /** Counts the calls, and the streams that are none. */
  PresentCalls calls() {
    return calls;
  }

  /** Whether the client keeps up with reading, so that small answers need no room. */
  boolean isRead() {
    return unreadBytes < FREE_UNREAD_BYTES;
  }

  /** Notes that an answer has been given to the transport. */
  void sent(long bytes) {
    unreadBytes += bytes;
  }

  /** Notes that the transport is done with an answer: it has been written, or dropped. */
  void finished(long bytes) {
    unreadBytes -= bytes;
    answersRead++;
  }

  /** Disconnects a client that does not read its answers, or does not finish its requests. */
  void closeIfStalled() {
    if (arrivals.isLate(
        (int) (PATIENCE_SECONDS / CHECK_INTERVAL.toSeconds()),
        SLOWEST_BYTES_PER_SECOND * CHECK_INTERVAL.toSeconds())) {
      LOG.info(
          "closing the connection of {}, which does not finish its requests",
          ClientAddress.of(channel));
      disconnect();
      return;
    }
    if (unreadBytes == 0 || answersRead != answersReadBefore) {
      answersReadBefore = answersRead;
      checksWithoutProgress = 0;
      return;
    }
    checksWithoutProgress++;
    long limit = PATIENCE_SECONDS + unreadBytes / SLOWEST_BYTES_PER_SECOND;
    if (checksWithoutProgress * CHECK_INTERVAL.toSeconds() > limit) {
      LOG.info(
          "closing the connection of {}, which has not read {} bytes for {} s",
          ClientAddress.of(channel),
          unreadBytes,
          checksWithoutProgress * CHECK_INTERVAL.toSeconds());
      disconnect();
    }
  }

  /** At once: gRPC's handler, which comes first otherwise, would wait for the calls to end. */
  private void disconnect() {
    channel.unsafe().close(channel.newPromise());
  }
}
