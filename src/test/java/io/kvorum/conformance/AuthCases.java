package io.kvorum.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import io.kvorum.conformance.AuthClient.Face;
import io.kvorum.conformance.AuthClient.Rpc;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/** Collects calls that users make, each with the number of its case, and how each must end. */
final class AuthCases {
  /** A call that a user makes, and how it must end. */
  private record Case<Q extends Message, A extends Message>(
      String number, String user, Rpc<Q, A> rpc, Q request, String end) {
    private DynamicTest over(Face face, AuthServer server) {
      String name =
          String.join(
              " ",
              number,
              user,
              face.name(),
              request.getClass().getSimpleName(),
              request.toString().replaceAll("\\s+", " "));
      return DynamicTest.dynamicTest(
          name, () -> assertThat(server.outcome(face, user, rpc, request)).isEqualTo(end));
    }
  }

  private final List<Case<?, ?>> cases = new ArrayList<>();

  /** Each of several users, separated by spaces, makes each of the requests. */
  @SafeVarargs
  final <Q extends Message, A extends Message> AuthCases add(
      String number, String users, Rpc<Q, A> rpc, String end, Q... requests) {
    for (String user : users.split(" ")) {
      for (Q request : requests) {
        cases.add(new Case<>(number, user, rpc, request, end));
      }
    }
    return this;
  }

  Stream<DynamicTest> over(Face face, AuthServer server) {
    return cases.stream().map(one -> one.over(face, server));
  }

  /** First over gRPC, then over JSON. */
  Stream<DynamicTest> overBothFaces(AuthServer server) {
    return Stream.of(Face.values()).flatMap(face -> over(face, server));
  }
}
