package io.kvorum.peer;

import io.kvorum.consensus.PeerMessage;
import io.kvorum.consensus.WriteAheadLog;
import io.kvorum.model.ErrorCode;
import io.kvorum.proto.peer.Append;
import io.kvorum.proto.peer.AppendFailure;
import io.kvorum.proto.peer.AppendSuccess;
import io.kvorum.proto.peer.Entry;
import io.kvorum.proto.peer.Forward;
import io.kvorum.proto.peer.Frame;
import io.kvorum.proto.peer.PreVoteRequest;
import io.kvorum.proto.peer.ReadIndexResponse;
import io.kvorum.proto.peer.Refused;
import io.kvorum.proto.peer.SnapshotRequired;
import io.kvorum.proto.peer.TriggerElection;
import io.kvorum.proto.peer.VoteRequest;
import java.util.ArrayList;
import java.util.List;

/**
 * Frames of other members as messages of consensus, which are only made of what makes sense: no
 * negative term, index or number, and entries without gaps.
 */
final class PeerMessageReader {
  private PeerMessageReader() {}

  /**
   * @throws MalformedMessageException if it is of no known kind, or its content cannot be right
   */
  static PeerMessage decode(Frame frame) throws MalformedMessageException {
    return switch (frame.getKindCase()) {
      case APPEND -> append(frame.getAppend());
      case APPEND_SUCCESS -> success(frame.getAppendSuccess());
      case APPEND_FAILURE -> failure(frame.getAppendFailure());
      case SNAPSHOT_REQUIRED -> pull(frame.getSnapshotRequired());
      case PRE_VOTE_REQUEST -> preVote(frame.getPreVoteRequest());
      case PRE_VOTE_RESPONSE ->
          new PeerMessage.PreVoteResponse(
              term(frame.getPreVoteResponse().getTerm()),
              frame.getPreVoteResponse().getIsGranted());
      case VOTE_REQUEST -> vote(frame.getVoteRequest());
      case VOTE_RESPONSE ->
          new PeerMessage.VoteResponse(
              term(frame.getVoteResponse().getTerm()), frame.getVoteResponse().getIsGranted());
      case TRIGGER_ELECTION -> trigger(frame.getTriggerElection());
      case FORWARD -> forward(frame.getForward());
      case FORWARD_REFUSED -> {
        Refused refused = frame.getForwardRefused();
        yield new PeerMessage.ForwardRefused(
            refused.getOrigin(), number("sequence", refused.getSequence()), reason(refused));
      }
      case READ_INDEX_REQUEST ->
          new PeerMessage.ReadIndexRequest(
              frame.getReadIndexRequest().getOrigin(),
              number("sequence", frame.getReadIndexRequest().getSequence()));
      case READ_INDEX_RESPONSE -> readIndex(frame.getReadIndexResponse());
      case READ_INDEX_REFUSED -> {
        Refused refused = frame.getReadIndexRefused();
        yield new PeerMessage.ReadIndexRefused(
            refused.getOrigin(), number("sequence", refused.getSequence()), reason(refused));
      }
      case PING, KIND_NOT_SET ->
          throw new MalformedMessageException("a frame without a message of a known kind");
    };
  }

  private static PeerMessage append(Append append) throws MalformedMessageException {
    long expected = number("previous index", append.getPreviousIndex()) + 1;
    List<WriteAheadLog.Entry> entries = new ArrayList<>(append.getEntryCount());
    for (Entry entry : append.getEntryList()) {
      if (entry.getIndex() != expected) {
        throw new MalformedMessageException(
            "entry " + entry.getIndex() + " stands where " + expected + " is due");
      }
      entries.add(
          new WriteAheadLog.Entry(
              expected, term(entry.getTerm()), ByteStrings.unwrap(entry.getPayload())));
      expected++;
    }
    return new PeerMessage.Append(
        term(append.getTerm()),
        term(append.getPreviousTerm()),
        append.getPreviousIndex(),
        number("committed index", append.getCommittedIndex()),
        List.copyOf(entries),
        number("query round", append.getQueryRound()),
        number("flow sequence", append.getFlowSequence()));
  }

  private static PeerMessage success(AppendSuccess success) throws MalformedMessageException {
    return new PeerMessage.AppendSuccess(
        term(success.getTerm()),
        number("last index", success.getLastIndex()),
        number("query round", success.getQueryRound()),
        number("flow sequence", success.getFlowSequence()));
  }

  private static PeerMessage failure(AppendFailure failure) throws MalformedMessageException {
    return new PeerMessage.AppendFailure(
        term(failure.getTerm()),
        number("expected index", failure.getExpectedNextIndex()),
        number("last index", failure.getLastIndex()),
        number("flow sequence", failure.getFlowSequence()));
  }

  private static PeerMessage pull(SnapshotRequired pull) throws MalformedMessageException {
    return new PeerMessage.SnapshotRequired(
        term(pull.getTerm()),
        number("index", pull.getIndex()),
        number("query round", pull.getQueryRound()),
        number("flow sequence", pull.getFlowSequence()));
  }

  private static PeerMessage preVote(PreVoteRequest request) throws MalformedMessageException {
    return new PeerMessage.PreVoteRequest(
        term(request.getNextTerm()),
        term(request.getLastLogTerm()),
        number("last index", request.getLastLogIndex()));
  }

  private static PeerMessage vote(VoteRequest request) throws MalformedMessageException {
    return new PeerMessage.VoteRequest(
        term(request.getTerm()),
        term(request.getLastLogTerm()),
        number("last index", request.getLastLogIndex()),
        request.getIsDisruptive());
  }

  private static PeerMessage trigger(TriggerElection trigger) throws MalformedMessageException {
    return new PeerMessage.TriggerElection(
        term(trigger.getTerm()),
        term(trigger.getLastLogTerm()),
        number("last index", trigger.getLastLogIndex()));
  }

  private static PeerMessage forward(Forward forward) throws MalformedMessageException {
    return new PeerMessage.Forward(
        term(forward.getTerm()),
        forward.getOrigin(),
        number("sequence", forward.getSequence()),
        (int) number("count", forward.getCount()),
        ByteStrings.unwrap(forward.getCommands()));
  }

  private static PeerMessage readIndex(ReadIndexResponse response)
      throws MalformedMessageException {
    return new PeerMessage.ReadIndexResponse(
        response.getOrigin(),
        number("sequence", response.getSequence()),
        number("index", response.getIndex()));
  }

  private static ErrorCode reason(Refused refused) throws MalformedMessageException {
    try {
      return ErrorCode.valueOf(refused.getReason());
    } catch (IllegalArgumentException unknown) {
      throw new MalformedMessageException("unknown reason " + refused.getReason(), unknown);
    }
  }

  private static int term(int term) throws MalformedMessageException {
    return (int) number("term", term);
  }

  private static long number(String name, long value) throws MalformedMessageException {
    if (value < 0) {
      throw new MalformedMessageException(name + " " + value + " is negative");
    }
    return value;
  }
}
