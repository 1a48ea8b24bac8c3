package io.kvorum.grpc;

import com.google.protobuf.MessageLite;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.kvorum.grpc.Arrivals.Arrival;
import io.kvorum.model.ErrorCode;
import io.kvorum.wire.ErrorTable;
import java.io.EOFException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/**
 * Ends a call whose request cannot be read, or cannot be kept until the client has half-closed the
 * call, with the code and the text that etcd gives. gRPC would call the former an unknown error of
 * the application, and log it with its stack; but the client is at fault, with a message that is
 * none, or that inflates beyond the limit. Stateless.
 *
 * <p>Held by: RequestLimitsTest.
 */
final class ReadableRequests {
  private ReadableRequests() {}

  /** Takes the place of a request. */
  private record Unreadable(Status status) {}

  /**
   * The same service, whose handlers get only requests that could be read.
   *
   * @param largestBytes of a request; a larger one is refused
   */
  static ServerServiceDefinition of(
      ServerServiceDefinition service, int maxMessageBytes, int largestBytes) {
    List<ServerMethodDefinition<?, ?>> methods = new ArrayList<>();
    for (ServerMethodDefinition<?, ?> method : service.getMethods()) {
      methods.add(of(method, maxMessageBytes, largestBytes));
    }
    ServiceDescriptor described = service.getServiceDescriptor();
    ServiceDescriptor.Builder descriptor =
        ServiceDescriptor.newBuilder(described.getName())
            .setSchemaDescriptor(described.getSchemaDescriptor());
    methods.forEach(method -> descriptor.addMethod(method.getMethodDescriptor()));
    ServerServiceDefinition.Builder readable = ServerServiceDefinition.builder(descriptor.build());
    methods.forEach(readable::addMethod);
    return readable.build();
  }

  /** The same method, whose handler gets only requests that could be read. */
  static <Q, A> ServerMethodDefinition<Object, A> of(
      ServerMethodDefinition<Q, A> method, int maxMessageBytes) {
    return of(method, maxMessageBytes, Integer.MAX_VALUE);
  }

  private static <Q, A> ServerMethodDefinition<Object, A> of(
      ServerMethodDefinition<Q, A> method, int maxMessageBytes, int largestBytes) {
    MethodDescriptor<Q, A> descriptor = method.getMethodDescriptor();
    return ServerMethodDefinition.create(
        descriptor.toBuilder(
                new Requests<>(descriptor.getRequestMarshaller(), maxMessageBytes, largestBytes),
                descriptor.getResponseMarshaller())
            .build(),
        (call, headers) -> {
          // The type of requests that a call has is only that of its descriptor.
          @SuppressWarnings("unchecked")
          ServerCall<Q, A> sameCall = (ServerCall<Q, A>) (ServerCall<?, A>) call;
          return new Listener<>(call, method.getServerCallHandler().startCall(sameCall, headers));
        });
  }

  private record Requests<Q>(
      MethodDescriptor.Marshaller<Q> marshaller, int maxMessageBytes, int largestBytes)
      implements MethodDescriptor.Marshaller<Object> {

    @Override
    public InputStream stream(Object request) {
      throw new UnsupportedOperationException("a server sends no requests");
    }

    @Override
    public Object parse(InputStream bytes) {
      try {
        Q request = marshaller.parse(bytes);
        return request instanceof MessageLite message && message.getSerializedSize() > largestBytes
            ? tooLarge(message.getSerializedSize())
            : request;
      } catch (RuntimeException failure) {
        return new Unreadable(statusOf(failure));
      }
    }

    private Unreadable tooLarge(int bytes) {
      return new Unreadable(
          Status.RESOURCE_EXHAUSTED.withDescription(
              "grpc: received message larger than max (" + bytes + " vs. " + largestBytes + ")"));
    }

    private Status statusOf(RuntimeException failure) {
      if (Status.fromThrowable(failure).getCode() == Status.Code.RESOURCE_EXHAUSTED) {
        return Status.RESOURCE_EXHAUSTED.withDescription(
            "grpc: received message after decompression larger than max " + maxMessageBytes);
      }
      for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
        if (cause instanceof ZipException || cause instanceof EOFException) {
          return Status.INTERNAL.withDescription(
              "grpc: failed to decompress the received message: " + cause.getMessage());
        }
      }
      return Status.INTERNAL.withDescription(
          "grpc: error unmarshalling request: proto: cannot parse invalid wire-format data");
    }
  }

  /** Passes on what happens until the call is refused, and then only its end. */
  private static final class Listener<Q> extends SimpleForwardingServerCallListener<Object> {
    private final ServerCall<?, ?> call;
    private @Nullable Arrival waiting;
    private boolean isRefused;

    // What gets here is what the marshaller of the method has made.
    @SuppressWarnings("unchecked")
    Listener(ServerCall<?, ?> call, ServerCall.Listener<Q> listener) {
      super((ServerCall.Listener<Object>) (ServerCall.Listener<?>) listener);
      this.call = call;
    }

    @Override
    public void onMessage(Object request) {
      if (isRefused) {
        return;
      }
      if (request instanceof Unreadable unreadable) {
        refuse(unreadable.status());
      } else if (!isKept(request)) {
        refuse(ErrorTable.statusOf(ErrorCode.TOO_MANY_REQUESTS));
      } else {
        super.onMessage(request);
      }
    }

    /** Takes room for the only request of a call, which is served when the call is half-closed. */
    private boolean isKept(Object request) {
      if (!call.getMethodDescriptor().getType().clientSendsOneMessage()
          || !(request instanceof MessageLite message)
          || message.getSerializedSize() <= Arrivals.FREE_BYTES) {
        return true;
      }
      if (waiting == null) {
        waiting = ClientConnection.of(call).arrivals().begin();
      }
      return waiting.hold(message.getSerializedSize());
    }

    /** A call that stays open may be sending, and has to know that it is over. */
    private void refuse(Status status) {
      isRefused = true;
      release();
      if (delegate() instanceof StreamRegistry.OpenStream stream) {
        stream.end(status);
      } else {
        call.close(status, new Metadata());
      }
    }

    private void release() {
      if (waiting != null) {
        waiting.hold(0);
      }
    }

    @Override
    public void onHalfClose() {
      release();
      if (!isRefused) {
        super.onHalfClose();
      }
    }

    @Override
    public void onReady() {
      if (!isRefused) {
        super.onReady();
      }
    }

    @Override
    public void onCancel() {
      release();
      super.onCancel();
    }

    @Override
    public void onComplete() {
      release();
      super.onComplete();
    }
  }
}
