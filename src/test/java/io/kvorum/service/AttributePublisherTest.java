package io.kvorum.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.consensus.Consensus;
import io.kvorum.consensus.ConsensusStatus;
import io.kvorum.membership.EditableMembers;
import io.kvorum.model.Command;
import io.kvorum.model.ErrorCode;
import io.kvorum.model.Result;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

class AttributePublisherTest {
  private final EditableMembers members = new EditableMembers();
  private final List<Command> proposed = new ArrayList<>();
  private ErrorCode answer = ErrorCode.MEMBER_NOT_FOUND;
  private final AttributePublisher publication =
      new AttributePublisher(
          1, "new name", List.of("http://m1:2379"), members.view(), new Refusing());

  @Test
  void aRefusalIsRepeatedInVainButLoggedOnce() {
    members.put(ServicesUnderTest.voter(1));
    List<String> warnings = new ArrayList<>();
    Handler handler = new Warnings(warnings);
    Logger logger = Logger.getLogger(AttributePublisher.class.getName());
    logger.addHandler(handler);
    try {
      for (int i = 0; i < 5; i++) {
        publication.tick();
      }
      assertThat(proposed).hasSize(5);
      assertThat(warnings).hasSize(1);
      answer = ErrorCode.NO_SPACE;
      publication.tick();
      publication.tick();
      assertThat(warnings).as("another reason is news").hasSize(2);
    } finally {
      logger.removeHandler(handler);
    }
  }

  private static final class Warnings extends Handler {
    private final List<String> lines;

    Warnings(List<String> lines) {
      this.lines = lines;
    }

    @Override
    public void publish(LogRecord entry) {
      if (entry.getLevel() == Level.WARNING) {
        lines.add(entry.getMessage());
      }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  /** Decides at once, against everything. */
  private final class Refusing implements Consensus {
    @Override
    public CompletableFuture<Result> propose(Command command) {
      proposed.add(command);
      return CompletableFuture.completedFuture(new Result.Rejected(1, answer));
    }

    @Override
    public CompletableFuture<Void> readIndex() {
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletableFuture<Void> transferLeadership(long memberId) {
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public boolean isInSync(long memberId) {
      return false;
    }

    @Override
    public boolean isVoter(long memberId) {
      return memberId == 1;
    }

    @Override
    public ConsensusStatus status() {
      return new ConsensusStatus(1, 1, true, 1, 1, 0, 0, 0, 0, 0);
    }

    @Override
    public void start() {}

    @Override
    public void close() {}
  }
}
