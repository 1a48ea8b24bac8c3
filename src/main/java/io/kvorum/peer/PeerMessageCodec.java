package io.kvorum.peer;

import io.kvorum.consensus.PeerMessage;
import io.kvorum.proto.peer.Append;
import io.kvorum.proto.peer.AppendFailure;
import io.kvorum.proto.peer.AppendSuccess;
import io.kvorum.proto.peer.Entry;
import io.kvorum.proto.peer.Forward;
import io.kvorum.proto.peer.Frame;
import io.kvorum.proto.peer.PreVoteRequest;
import io.kvorum.proto.peer.ReadIndexRequest;
import io.kvorum.proto.peer.ReadIndexResponse;
import io.kvorum.proto.peer.Refused;
import io.kvorum.proto.peer.SnapshotRequired;
import io.kvorum.proto.peer.TriggerElection;
import io.kvorum.proto.peer.Vote;
import io.kvorum.proto.peer.VoteRequest;

/**
 * Messages of consensus as frames; {@link PeerMessageReader} is the way back. Payloads are shared,
 * not copied.
 */
final class PeerMessageCodec {
  private PeerMessageCodec() {}

  static Frame encode(PeerMessage message) {
    Frame.Builder frame = Frame.newBuilder();
    if (message instanceof PeerMessage.Append append) {
      frame.setAppend(append(append));
    } else if (message instanceof PeerMessage.AppendSuccess success) {
      frame.setAppendSuccess(success(success));
    } else if (message instanceof PeerMessage.AppendFailure failure) {
      frame.setAppendFailure(failure(failure));
    } else if (message instanceof PeerMessage.SnapshotRequired pull) {
      frame.setSnapshotRequired(pull(pull));
    } else if (!encodeRequest(message, frame) && !encodeElection(message, frame)) {
      throw new IllegalArgumentException("bug: no frame for " + message.getClass().getName());
    }
    return frame.build();
  }

  private static boolean encodeRequest(PeerMessage message, Frame.Builder frame) {
    if (message instanceof PeerMessage.Forward forward) {
      frame.setForward(
          Forward.newBuilder()
              .setTerm(forward.term())
              .setOrigin(forward.origin())
              .setSequence(forward.sequence())
              .setCount(forward.count())
              .setCommands(ByteStrings.wrap(forward.commands())));
    } else if (message instanceof PeerMessage.ForwardRefused refused) {
      frame.setForwardRefused(
          Refused.newBuilder()
              .setOrigin(refused.origin())
              .setSequence(refused.sequence())
              .setReason(refused.reason().name()));
    } else if (message instanceof PeerMessage.ReadIndexRequest request) {
      frame.setReadIndexRequest(
          ReadIndexRequest.newBuilder()
              .setOrigin(request.origin())
              .setSequence(request.sequence()));
    } else if (message instanceof PeerMessage.ReadIndexResponse response) {
      frame.setReadIndexResponse(
          ReadIndexResponse.newBuilder()
              .setOrigin(response.origin())
              .setSequence(response.sequence())
              .setIndex(response.index()));
    } else if (message instanceof PeerMessage.ReadIndexRefused refused) {
      frame.setReadIndexRefused(
          Refused.newBuilder()
              .setOrigin(refused.origin())
              .setSequence(refused.sequence())
              .setReason(refused.reason().name()));
    } else {
      return false;
    }
    return true;
  }

  private static boolean encodeElection(PeerMessage message, Frame.Builder frame) {
    if (message instanceof PeerMessage.PreVoteRequest request) {
      frame.setPreVoteRequest(
          PreVoteRequest.newBuilder()
              .setNextTerm(request.nextTerm())
              .setLastLogTerm(request.lastLogTerm())
              .setLastLogIndex(request.lastLogIndex()));
    } else if (message instanceof PeerMessage.PreVoteResponse response) {
      frame.setPreVoteResponse(vote(response.term(), response.isGranted()));
    } else if (message instanceof PeerMessage.VoteRequest request) {
      frame.setVoteRequest(
          VoteRequest.newBuilder()
              .setTerm(request.term())
              .setLastLogTerm(request.lastLogTerm())
              .setLastLogIndex(request.lastLogIndex())
              .setIsDisruptive(request.isDisruptive()));
    } else if (message instanceof PeerMessage.VoteResponse response) {
      frame.setVoteResponse(vote(response.term(), response.isGranted()));
    } else if (message instanceof PeerMessage.TriggerElection trigger) {
      frame.setTriggerElection(
          TriggerElection.newBuilder()
              .setTerm(trigger.term())
              .setLastLogTerm(trigger.lastLogTerm())
              .setLastLogIndex(trigger.lastLogIndex()));
    } else {
      return false;
    }
    return true;
  }

  private static Vote.Builder vote(int term, boolean isGranted) {
    return Vote.newBuilder().setTerm(term).setIsGranted(isGranted);
  }

  private static Append append(PeerMessage.Append append) {
    Append.Builder encoded =
        Append.newBuilder()
            .setTerm(append.term())
            .setPreviousTerm(append.previousTerm())
            .setPreviousIndex(append.previousIndex())
            .setCommittedIndex(append.committedIndex())
            .setQueryRound(append.queryRound())
            .setFlowSequence(append.flowSequence());
    for (var entry : append.entries()) {
      encoded.addEntry(
          Entry.newBuilder()
              .setIndex(entry.index())
              .setTerm(entry.term())
              .setPayload(ByteStrings.wrap(entry.payload())));
    }
    return encoded.build();
  }

  private static AppendSuccess.Builder success(PeerMessage.AppendSuccess success) {
    return AppendSuccess.newBuilder()
        .setTerm(success.term())
        .setLastIndex(success.lastIndex())
        .setQueryRound(success.queryRound())
        .setFlowSequence(success.flowSequence());
  }

  private static AppendFailure.Builder failure(PeerMessage.AppendFailure failure) {
    return AppendFailure.newBuilder()
        .setTerm(failure.term())
        .setExpectedNextIndex(failure.expectedNextIndex())
        .setLastIndex(failure.lastIndex())
        .setFlowSequence(failure.flowSequence());
  }

  private static SnapshotRequired.Builder pull(PeerMessage.SnapshotRequired pull) {
    return SnapshotRequired.newBuilder()
        .setTerm(pull.term())
        .setIndex(pull.index())
        .setQueryRound(pull.queryRound())
        .setFlowSequence(pull.flowSequence());
  }
}
