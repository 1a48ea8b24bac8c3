package io.kvorum.grpc;

import io.grpc.HandlerRegistry;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.kvorum.proto.etcdserverpb.AuthGrpc;
import io.kvorum.proto.etcdserverpb.ClusterGrpc;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.LeaseGrpc;
import io.kvorum.proto.etcdserverpb.MaintenanceGrpc;
import io.kvorum.proto.etcdserverpb.WatchGrpc;
import io.kvorum.proto.grpc.health.v1.HealthGrpc;
import io.kvorum.proto.v3electionpb.ElectionGrpc;
import io.kvorum.proto.v3lockpb.LockGrpc;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Holds the services of a gRPC server that has been built before they existed, and refuses all
 * others in etcd's words. Thread-safe.
 *
 * <p>Held by: ClientPortTest, ClientPortStartTest, GrpcSideTest.
 */
final class LateServices extends HandlerRegistry {
  /** What reflection shows: the same services, as protobuf describes them. */
  private static final List<ServiceDescriptor> DESCRIBED =
      List.of(
          KVGrpc.getServiceDescriptor(),
          WatchGrpc.getServiceDescriptor(),
          LeaseGrpc.getServiceDescriptor(),
          ClusterGrpc.getServiceDescriptor(),
          MaintenanceGrpc.getServiceDescriptor(),
          AuthGrpc.getServiceDescriptor(),
          LockGrpc.getServiceDescriptor(),
          ElectionGrpc.getServiceDescriptor());

  private static final MethodDescriptor.Marshaller<Object> UNREAD =
      new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(Object never) {
          return new ByteArrayInputStream(new byte[0]);
        }

        @Override
        public Object parse(InputStream ignored) {
          return ignored;
        }
      };

  private record Served(
      Map<String, ServerMethodDefinition<?, ?>> methods,
      Set<String> services,
      List<ServerServiceDefinition> described) {}

  private volatile Served served = new Served(Map.of(), Set.of(), List.of());

  /** Takes all services, once. */
  void set(List<ServerServiceDefinition> services, int maxMessageBytes) {
    Map<String, ServerMethodDefinition<?, ?>> byName = new HashMap<>();
    Set<String> names =
        new HashSet<>(Set.of(HealthGrpc.SERVICE_NAME, ServerReflectionGrpc.SERVICE_NAME));
    for (ServerServiceDefinition service : services) {
      names.add(service.getServiceDescriptor().getName());
      for (ServerMethodDefinition<?, ?> method : service.getMethods()) {
        byName.put(
            method.getMethodDescriptor().getFullMethodName(),
            ReadableRequests.of(method, maxMessageBytes));
      }
    }
    served =
        new Served(
            byName,
            names,
            DESCRIBED.stream()
                .filter(service -> names.contains(service.getName()))
                .map(LateServices::description)
                .toList());
  }

  /** A service whose methods are never called: {@link #lookupMethod} has others. */
  private static ServerServiceDefinition description(ServiceDescriptor service) {
    ServerServiceDefinition.Builder builder = ServerServiceDefinition.builder(service);
    for (MethodDescriptor<?, ?> method : service.getMethods()) {
      builder.addMethod(description(method));
    }
    return builder.build();
  }

  private static <Q, A> ServerMethodDefinition<Q, A> description(MethodDescriptor<Q, A> method) {
    return ServerMethodDefinition.create(
        method, (call, headers) -> new ServerCall.Listener<Q>() {});
  }

  /** The methods of all services that etcd has, that of health included. */
  List<MethodDescriptor<?, ?>> descriptors() {
    List<MethodDescriptor<?, ?>> descriptors =
        new ArrayList<>(HealthGrpc.getServiceDescriptor().getMethods());
    served.methods().values().forEach(method -> descriptors.add(method.getMethodDescriptor()));
    return descriptors;
  }

  /** What reflection finds beside the services that the server was built with. */
  @Override
  public List<ServerServiceDefinition> getServices() {
    return served.described();
  }

  @Override
  public ServerMethodDefinition<?, ?> lookupMethod(String methodName, @Nullable String authority) {
    Served current = served;
    ServerMethodDefinition<?, ?> method = current.methods().get(methodName);
    return method == null ? unknown(methodName, current.services()) : method;
  }

  private static ServerMethodDefinition<?, ?> unknown(String methodName, Set<String> services) {
    Status refusal = Status.UNIMPLEMENTED.withDescription(missing(methodName, services));
    return ServerMethodDefinition.create(
        MethodDescriptor.newBuilder(UNREAD, UNREAD)
            .setType(MethodType.UNKNOWN)
            .setFullMethodName(methodName)
            .build(),
        (call, headers) -> {
          call.close(refusal, new Metadata());
          return new ServerCall.Listener<>() {};
        });
  }

  private static String missing(String methodName, Set<String> services) {
    int slash = methodName.lastIndexOf('/');
    if (slash < 0) {
      return "malformed method name: \"/" + methodName + "\"";
    }
    String service = methodName.substring(0, slash);
    return services.contains(service)
        ? "unknown method " + methodName.substring(slash + 1) + " for service " + service
        : "unknown service " + service;
  }
}
