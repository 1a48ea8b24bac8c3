package io.kvorum.peer.grpc.wire;

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
import io.kvorum.proto.peer.ReadIndexRequest;
import io.kvorum.proto.peer.ReadIndexResponse;
import io.kvorum.proto.peer.Refused;
import io.kvorum.proto.peer.SnapshotRequired;
import io.kvorum.proto.peer.TriggerElection;
import io.kvorum.proto.peer.Vote;
import io.kvorum.proto.peer.VoteRequest;
import io.kvorum.support.ByteStrings;
import java.util.ArrayList;
import java.util.List;

/**
 * Converts the messages of consensus to frames and back. Payloads are shared, not copied.
 *
 * <p>Decoding only yields valid messages: no negative term, index or sequence number, and entries
 * without gaps. Stateless.
 */
public final class PeerMessageCodec {
  private static final PeerMessage.Visitor<Frame.Builder> ENCODER = new Encoder();

  private PeerMessageCodec() {}

  /** Encodes a message. */
  public static Frame encode(PeerMessage message) {
    return message.accept(ENCODER).build();
  }

  /**
   * Decodes a message. The switch has no default, so that a new kind of frame must be handled here.
   *
   * @throws MalformedMessageException if the kind is unknown, or a field is invalid
   */
  public static PeerMessage decode(Frame frame) throws MalformedMessageException {
    return switch (frame.getKindCase()) {
      case APPEND -> append(frame.getAppend());
      case APPEND_SUCCESS -> success(frame.getAppendSuccess());
      case APPEND_FAILURE -> failure(frame.getAppendFailure());
      case SNAPSHOT_REQUIRED -> snapshotRequired(frame.getSnapshotRequired());
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

  private static PeerMessage snapshotRequired(SnapshotRequired required)
      throws MalformedMessageException {
    return new PeerMessage.SnapshotRequired(
        term(required.getTerm()),
        number("index", required.getIndex()),
        number("query round", required.getQueryRound()),
        number("flow sequence", required.getFlowSequence()));
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

  private static final class Encoder implements PeerMessage.Visitor<Frame.Builder> {
    @Override
    public Frame.Builder preVoteRequest(PeerMessage.PreVoteRequest request) {
      return Frame.newBuilder()
          .setPreVoteRequest(
              PreVoteRequest.newBuilder()
                  .setNextTerm(request.nextTerm())
                  .setLastLogTerm(request.lastLogTerm())
                  .setLastLogIndex(request.lastLogIndex()));
    }

    @Override
    public Frame.Builder preVoteResponse(PeerMessage.PreVoteResponse response) {
      return Frame.newBuilder().setPreVoteResponse(vote(response.term(), response.isGranted()));
    }

    @Override
    public Frame.Builder voteRequest(PeerMessage.VoteRequest request) {
      return Frame.newBuilder()
          .setVoteRequest(
              VoteRequest.newBuilder()
                  .setTerm(request.term())
                  .setLastLogTerm(request.lastLogTerm())
                  .setLastLogIndex(request.lastLogIndex())
                  .setIsDisruptive(request.isDisruptive()));
    }

    @Override
    public Frame.Builder voteResponse(PeerMessage.VoteResponse response) {
      return Frame.newBuilder().setVoteResponse(vote(response.term(), response.isGranted()));
    }

    @Override
    public Frame.Builder append(PeerMessage.Append append) {
      Append.Builder encoded =
          Append.newBuilder()
              .setTerm(append.term())
              .setPreviousTerm(append.previousTerm())
              .setPreviousIndex(append.previousIndex())
              .setCommittedIndex(append.committedIndex())
              .setQueryRound(append.queryRound())
              .setFlowSequence(append.flowSequence());
      for (WriteAheadLog.Entry entry : append.entries()) {
        encoded.addEntry(
            Entry.newBuilder()
                .setIndex(entry.index())
                .setTerm(entry.term())
                .setPayload(ByteStrings.wrap(entry.payload())));
      }
      return Frame.newBuilder().setAppend(encoded);
    }

    @Override
    public Frame.Builder appendSuccess(PeerMessage.AppendSuccess success) {
      return Frame.newBuilder()
          .setAppendSuccess(
              AppendSuccess.newBuilder()
                  .setTerm(success.term())
                  .setLastIndex(success.lastIndex())
                  .setQueryRound(success.queryRound())
                  .setFlowSequence(success.flowSequence()));
    }

    @Override
    public Frame.Builder appendFailure(PeerMessage.AppendFailure failure) {
      return Frame.newBuilder()
          .setAppendFailure(
              AppendFailure.newBuilder()
                  .setTerm(failure.term())
                  .setExpectedNextIndex(failure.expectedNextIndex())
                  .setLastIndex(failure.lastIndex())
                  .setFlowSequence(failure.flowSequence()));
    }

    @Override
    public Frame.Builder snapshotRequired(PeerMessage.SnapshotRequired required) {
      return Frame.newBuilder()
          .setSnapshotRequired(
              SnapshotRequired.newBuilder()
                  .setTerm(required.term())
                  .setIndex(required.index())
                  .setQueryRound(required.queryRound())
                  .setFlowSequence(required.flowSequence()));
    }

    @Override
    public Frame.Builder triggerElection(PeerMessage.TriggerElection trigger) {
      return Frame.newBuilder()
          .setTriggerElection(
              TriggerElection.newBuilder()
                  .setTerm(trigger.term())
                  .setLastLogTerm(trigger.lastLogTerm())
                  .setLastLogIndex(trigger.lastLogIndex()));
    }

    @Override
    public Frame.Builder forward(PeerMessage.Forward forward) {
      return Frame.newBuilder()
          .setForward(
              Forward.newBuilder()
                  .setTerm(forward.term())
                  .setOrigin(forward.origin())
                  .setSequence(forward.sequence())
                  .setCount(forward.count())
                  .setCommands(ByteStrings.wrap(forward.commands())));
    }

    @Override
    public Frame.Builder forwardRefused(PeerMessage.ForwardRefused refused) {
      return Frame.newBuilder()
          .setForwardRefused(refused(refused.origin(), refused.sequence(), refused.reason()));
    }

    @Override
    public Frame.Builder readIndexRequest(PeerMessage.ReadIndexRequest request) {
      return Frame.newBuilder()
          .setReadIndexRequest(
              ReadIndexRequest.newBuilder()
                  .setOrigin(request.origin())
                  .setSequence(request.sequence()));
    }

    @Override
    public Frame.Builder readIndexResponse(PeerMessage.ReadIndexResponse response) {
      return Frame.newBuilder()
          .setReadIndexResponse(
              ReadIndexResponse.newBuilder()
                  .setOrigin(response.origin())
                  .setSequence(response.sequence())
                  .setIndex(response.index()));
    }

    @Override
    public Frame.Builder readIndexRefused(PeerMessage.ReadIndexRefused refused) {
      return Frame.newBuilder()
          .setReadIndexRefused(refused(refused.origin(), refused.sequence(), refused.reason()));
    }

    private static Vote.Builder vote(int term, boolean isGranted) {
      return Vote.newBuilder().setTerm(term).setIsGranted(isGranted);
    }

    private static Refused.Builder refused(long origin, long sequence, ErrorCode reason) {
      return Refused.newBuilder().setOrigin(origin).setSequence(sequence).setReason(reason.name());
    }
  }
}
