package io.kvorum.grpc;

import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.protobuf.ProtoUtils;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.TxnRequest;
import io.kvorum.proto.etcdserverpb.TxnResponse;
import io.kvorum.service.Entrance;
import io.kvorum.service.Headers;
import io.kvorum.service.KvService;
import io.kvorum.wire.KvWire;
import io.kvorum.wire.TxnWire;

/**
 * Defines the KV service, method by method.
 *
 * <p>Held by: EtcdctlPutGetIT, EtcdctlTxnIT.
 */
final class KvMethods {
  /** Two messages per level of a nested transaction, and the deepest that 128 operations allow. */
  private static final int TXN_RECURSION_LIMIT = 300;

  private static final MethodDescriptor<TxnRequest, TxnResponse> TXN =
      KVGrpc.getTxnMethod().toBuilder()
          .setRequestMarshaller(
              ProtoUtils.marshallerWithRecursionLimit(
                  TxnRequest.getDefaultInstance(), TXN_RECURSION_LIMIT))
          .build();

  private KvMethods() {}

  /**
   * @param chunkBytes the size that the chunks of a streamed range approach
   */
  static ServerServiceDefinition define(
      Entrance<KvService> entrance,
      Headers headers,
      int chunkBytes,
      CallGuard guard,
      StreamRegistry streams) {
    RangeStreamCall.Context rangeStream =
        new RangeStreamCall.Context(
            entrance.to(kv -> kv::pieces), headers::at, chunkBytes, streams);
    return ServerServiceDefinition.builder(KVGrpc.SERVICE_NAME)
        .addMethod(
            KVGrpc.getRangeMethod(),
            new UnaryHandler<>(
                guard,
                entrance,
                (kv, request, hold) ->
                    kv.range(KvWire.query(request), request.getSerializable(), hold),
                (request, result) -> KvWire.response(headers.at(result.revision()), result)))
        .addMethod(
            KVGrpc.getRangeStreamMethod(),
            guard.guarded((call, metadata) -> RangeStreamCall.start(call, metadata, rangeStream)))
        .addMethod(
            KVGrpc.getPutMethod(),
            new UnaryHandler<>(
                guard,
                entrance,
                (kv, request, hold) -> kv.put(KvWire.put(request), hold),
                (request, result) -> KvWire.response(headers.at(result.revision()), result)))
        .addMethod(
            KVGrpc.getDeleteRangeMethod(),
            new UnaryHandler<>(
                guard,
                entrance,
                (kv, request, hold) -> kv.deleteRange(KvWire.deleteRange(request), hold),
                (request, result) -> KvWire.response(headers.at(result.revision()), result)))
        .addMethod(
            TXN,
            new UnaryHandler<>(
                guard,
                entrance,
                (kv, request, hold) ->
                    kv.txn(TxnWire.txn(request), TxnWire.isSerializable(request), hold),
                (request, result) -> TxnWire.response(headers.at(result.revision()), result)))
        .addMethod(
            KVGrpc.getCompactMethod(),
            new UnaryHandler<>(
                guard,
                entrance,
                (kv, request) -> kv.compact(request.getRevision(), request.getPhysical()),
                (request, result) -> KvWire.response(headers.at(result.revision()), result)))
        .build();
  }
}
