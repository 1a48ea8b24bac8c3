package io.kvorum.peer;

import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.protobuf.ProtoUtils;
import io.kvorum.proto.peer.Notice;
import io.kvorum.proto.peer.PeerGrpc;

/**
 * What other members can call, and who answers it.
 *
 * @param gate stands before all of it but the description
 */
record PeerService(Gate gate, PeerStreams inbox, PeerAnswers answers, SnapshotSender state) {

  ServerServiceDefinition definition() {
    MethodDescriptor<FrameMarshaller.Inbound, Notice> messages =
        PeerGrpc.getMessagesMethod().toBuilder(
                new FrameMarshaller(), ProtoUtils.marshaller(Notice.getDefaultInstance()))
            .build();
    return ServerServiceDefinition.builder(PeerGrpc.SERVICE_NAME)
        .addMethod(messages, inbox)
        .addMethod(PeerGrpc.getDescribeMethod(), answers.describe())
        .addMethod(PeerGrpc.getRenewLeaseMethod(), gate.guarding(answers.renewLease()))
        .addMethod(PeerGrpc.getLeaseRemainingMethod(), gate.guarding(answers.leaseRemaining()))
        .addMethod(PeerGrpc.getPromoteMemberMethod(), gate.guarding(answers.promoteMember()))
        .addMethod(PeerGrpc.getPullStateMethod(), gate.guarding(state))
        .build();
  }
}
