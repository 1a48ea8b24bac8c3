package io.kvorum.differential;

import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import io.kvorum.proto.etcdserverpb.LeaseKeepAliveRequest;
import io.kvorum.proto.etcdserverpb.WatchCreateRequest;
import io.kvorum.proto.etcdserverpb.WatchRequest;
import java.util.List;
import java.util.stream.Collectors;

/**
 * One step of a sequence, which both servers take. Revisions in requests are relative to the
 * beginning of the sequence ({@link Revisions}). Immutable.
 */
sealed interface Step {

  /** The face by which a call is made. */
  enum Face {
    GRPC,
    JSON,
    /** JSON whose numbers are numbers and whose names are in lower camel case. */
    OTHER_JSON
  }

  /** The name of the call, which a shorter sequence has to keep. */
  String kind();

  /** Who shows a token with it; nobody where the step has none. */
  default String who() {
    return Users.NOBODY;
  }

  /**
   * A call that is answered at once.
   *
   * @param who a user whose last token is shown; see {@link Users}
   */
  record Call(Face face, String who, Rpc rpc, Message request) implements Step {
    @Override
    public String kind() {
      return rpc.name();
    }

    @Override
    public String toString() {
      return face + " as " + who + " " + rpc + " " + text(request);
    }
  }

  /** JSON whose text has been changed at random. */
  record Mangled(Rpc rpc, Message request, long seed) implements Step {
    @Override
    public String kind() {
      return "MANGLED";
    }

    @Override
    public String toString() {
      return "JSON " + rpc + " mangled by " + seed + ": " + text(request);
    }
  }

  /** A call that may wait for other clients. */
  record Begin(int number, Face face, String who, Rpc rpc, Message request) implements Step {
    @Override
    public String kind() {
      return rpc.name();
    }

    @Override
    public String toString() {
      return "#" + number + " " + face + " as " + who + " " + rpc + " " + text(request);
    }
  }

  /** The end of a call that waits, of a watch stream or of an Observe, by its client. */
  record Cancel(int number) implements Step {
    @Override
    public String kind() {
      return "CANCEL";
    }

    @Override
    public String toString() {
      return "#" + number + " cancel";
    }
  }

  /** A watch stream; over JSON with everything that it asks for. */
  record OpenWatch(int number, Face face, String who, List<WatchCreateRequest> creates)
      implements Step {
    @Override
    public String kind() {
      return "WATCH";
    }

    @Override
    public String toString() {
      return "#"
          + number
          + " "
          + face
          + " as "
          + who
          + " WATCH "
          + creates.stream().map(Step::text).collect(Collectors.joining(" | "));
    }
  }

  /** A request on an open watch stream. */
  record Watch(int number, WatchRequest request) implements Step {
    @Override
    public String kind() {
      return "WATCH";
    }

    @Override
    public String toString() {
      return "#" + number + " WATCH " + text(request);
    }
  }

  /** Observes an election. */
  record Observe(int number, Face face, String who, Message request) implements Step {
    @Override
    public String kind() {
      return "OBSERVE";
    }

    @Override
    public String toString() {
      return "#" + number + " " + face + " as " + who + " OBSERVE " + text(request);
    }
  }

  /** A stream of renewals that the client ends. */
  record KeepAlive(Face face, String who, List<LeaseKeepAliveRequest> requests) implements Step {
    @Override
    public String kind() {
      return "KEEP_ALIVE";
    }

    @Override
    public String toString() {
      return face
          + " as "
          + who
          + " KEEP_ALIVE "
          + requests.stream().map(Step::text).collect(Collectors.joining(" | "));
    }
  }

  private static String text(Message message) {
    return "{" + TextFormat.printer().emittingSingleLine(true).printToString(message) + "}";
  }
}
