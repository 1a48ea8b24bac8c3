package io.kvorum.grpc;

import io.grpc.HandlerRegistry;
import io.grpc.MethodDescriptor;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Holds the services of a gRPC server that has been built before they existed. Thread-safe.
 *
 * <p>Held by: ClientPortTest, ClientPortStartTest.
 */
final class LateServices extends HandlerRegistry {
  private volatile Map<String, ServerMethodDefinition<?, ?>> methods = Map.of();

  /** Takes all services, once. */
  void set(List<ServerServiceDefinition> services, int maxMessageBytes) {
    Map<String, ServerMethodDefinition<?, ?>> byName = new HashMap<>();
    for (ServerServiceDefinition service : services) {
      for (ServerMethodDefinition<?, ?> method : service.getMethods()) {
        byName.put(
            method.getMethodDescriptor().getFullMethodName(),
            ReadableRequests.of(method, maxMessageBytes));
      }
    }
    methods = byName;
  }

  List<MethodDescriptor<?, ?>> descriptors() {
    List<MethodDescriptor<?, ?>> descriptors = new ArrayList<>();
    methods.values().forEach(method -> descriptors.add(method.getMethodDescriptor()));
    return descriptors;
  }

  @Override
  public @Nullable ServerMethodDefinition<?, ?> lookupMethod(
      String methodName, @Nullable String authority) {
    return methods.get(methodName);
  }
}
