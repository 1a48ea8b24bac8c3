package io.kvorum.differential;

import com.google.protobuf.Message;
import java.util.ArrayList;
import java.util.List;

/**
 * A random call as the sequences make it, for tests that need requests of all kinds. Immutable.
 *
 * @param method as gRPC names it
 * @param path of the same call as JSON
 * @param message in the form of protobuf
 * @param json the same request as JSON
 */
public record SampleCall(String method, String path, byte[] message, String json) {

  /** Those of one sequence. */
  public static List<SampleCall> of(long seed) {
    List<SampleCall> calls = new ArrayList<>();
    for (Step step : Sequence.of(seed)) {
      if (step instanceof Step.Call call) {
        calls.add(sample(call.rpc(), call.request()));
      } else if (step instanceof Step.Begin begin) {
        calls.add(sample(begin.rpc(), begin.request()));
      } else if (step instanceof Step.Mangled mangled) {
        calls.add(sample(mangled.rpc(), mangled.request()));
      } else if (step instanceof Step.Watch watch) {
        calls.add(sample("etcdserverpb.Watch/Watch", "/v3/watch", watch.request()));
      }
    }
    return calls;
  }

  private static SampleCall sample(Rpc rpc, Message request) {
    return sample(rpc.method().getFullMethodName(), rpc.path(), request);
  }

  private static SampleCall sample(String method, String path, Message request) {
    return new SampleCall(
        "/" + method, path, request.toByteArray(), Bodies.of(request, Step.Face.JSON));
  }
}
