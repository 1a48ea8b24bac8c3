package io.kvorum.differential;

import io.kvorum.proto.etcdserverpb.WatchCancelRequest;
import io.kvorum.proto.etcdserverpb.WatchCreateRequest;
import io.kvorum.proto.etcdserverpb.WatchProgressRequest;
import io.kvorum.proto.etcdserverpb.WatchRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Makes sequences of steps from seeds, each with its own emphasis. Not thread-safe. */
final class Sequence {
  private static final int SHORTEST = 15;
  private static final int SPREAD = 30;

  /** What most steps of a sequence are about. */
  private enum Emphasis {
    STORE,
    WATCH,
    LEASE,
    QUEUE,
    AUTH,
    CARE,
    TEXT
  }

  private final List<Step> steps = new ArrayList<>();
  private final SplittableRandom random;
  private final Keys keys;
  private final KvRequests kv;
  private final AuthRequests auth;
  private final CareRequests care;
  private final QueueRequests queue;
  private final Emphasis emphasis;
  private final int length;
  private int streams;

  private Sequence(long seed) {
    random = new SplittableRandom(seed);
    keys = new Keys(random);
    kv = new KvRequests(keys);
    auth = new AuthRequests(keys);
    care = new CareRequests(keys, kv);
    queue = new QueueRequests(keys, kv);
    emphasis = keys.oneOf(List.of(Emphasis.values()));
    length = SHORTEST + random.nextInt(SPREAD);
  }

  static List<Step> of(long seed) {
    Sequence sequence = new Sequence(seed);
    sequence.make();
    return sequence.steps;
  }

  private void make() {
    for (int i = random.nextInt(4); i > 0; i--) {
      call(Users.NOBODY, care.lease());
    }
    if (emphasis == Emphasis.AUTH || keys.oneIn(6)) {
      setUpAuth();
    }
    while (steps.size() < length) {
      Emphasis about = keys.oneIn(2) ? emphasis : Emphasis.STORE;
      if (keys.oneIn(6)) {
        about = keys.oneOf(List.of(Emphasis.values()));
      }
      step(about);
    }
  }

  private void step(Emphasis about) {
    switch (about) {
      case STORE -> store();
      case WATCH -> watch();
      case LEASE -> lease();
      case QUEUE -> queue();
      case AUTH -> call(who(), auth.any());
      case CARE -> call(who(), keys.oneIn(3) ? care.cluster() : care.maintenance(steps.size()));
      case TEXT -> mangled();
    }
  }

  /** Users with rights to some ranges, who have logged in; then auth is on. */
  private void setUpAuth() {
    call(Users.NOBODY, auth.add(Users.ROOT));
    call(Users.NOBODY, auth.grantRole(Users.ROOT, Users.ROOT));
    for (String role : List.of("r1", "r2")) {
      call(Users.NOBODY, auth.addRole(role));
      for (int i = random.nextInt(3); i > 0; i--) {
        call(Users.NOBODY, auth.grantPermission(role));
      }
    }
    for (String user : Users.ORDINARY) {
      call(Users.NOBODY, auth.add(user));
      call(Users.NOBODY, auth.grantRole(user, keys.oneIn(2) ? "r1" : "r2"));
    }
    call(Users.NOBODY, auth.enable());
    call(Users.NOBODY, auth.login(Users.ROOT, Server.PASSWORD));
    for (String user : Users.ORDINARY) {
      call(Users.NOBODY, auth.login(user, Server.PASSWORD));
    }
  }

  private String who() {
    return switch (keys.number(12)) {
      case 0 -> Users.NOBODY;
      case 1 -> keys.oneIn(3) ? Users.STRANGER : Users.ROOT;
      case 2, 3, 4, 5 -> Users.ROOT;
      default -> keys.oneOf(Users.ORDINARY);
    };
  }

  private Step.Face face() {
    return switch (keys.number(5)) {
      case 0 -> Step.Face.JSON;
      case 1 -> Step.Face.OTHER_JSON;
      default -> Step.Face.GRPC;
    };
  }

  private void call(String who, AuthRequests.Made made) {
    steps.add(new Step.Call(face(), who, made.rpc(), made.request()));
  }

  private void store() {
    call(who(), storeCall());
  }

  private AuthRequests.Made storeCall() {
    return switch (keys.number(12)) {
      case 0, 1, 2 -> new AuthRequests.Made(Rpc.PUT, kv.put());
      case 3 -> new AuthRequests.Made(Rpc.DELETE, kv.delete());
      case 4, 5, 6, 7 -> new AuthRequests.Made(Rpc.RANGE, kv.range(steps.size()));
      case 8, 9, 10 -> new AuthRequests.Made(Rpc.TXN, kv.txn(steps.size()));
      default ->
          keys.oneIn(3)
              ? new AuthRequests.Made(Rpc.COMPACT, kv.compact(steps.size()))
              : new AuthRequests.Made(Rpc.PUT, kv.put());
    };
  }

  private void mangled() {
    // One that changes nothing: which text is taken is not for both servers the same.
    steps.add(new Step.Mangled(Rpc.RANGE, kv.range(steps.size()), random.nextLong() >>> 40));
  }

  private void lease() {
    if (keys.oneIn(5)) {
      steps.add(new Step.KeepAlive(face(), who(), care.renewals()));
    } else {
      call(who(), care.lease());
    }
  }

  private void queue() {
    switch (keys.number(6)) {
      case 0, 1 -> {
        AuthRequests.Made made = queue.waiting();
        steps.add(new Step.Begin(++streams, face(), who(), made.rpc(), made.request()));
      }
      case 2 -> steps.add(new Step.Cancel(1 + keys.number(streams + 1)));
      case 3 -> {
        if (keys.oneIn(2)) {
          steps.add(new Step.Observe(++streams, face(), who(), queue.leader()));
        } else {
          call(who(), care.lease());
        }
      }
      default -> call(who(), queue.quick(steps.size()));
    }
  }

  private void watch() {
    int choice = keys.number(7);
    if (streams == 0 || choice < 2) {
      List<WatchCreateRequest> creates = new ArrayList<>();
      for (int i = 1 + keys.number(2); i > 0; i--) {
        creates.add(kv.watch(steps.size()));
      }
      steps.add(new Step.OpenWatch(++streams, face(), who(), creates));
      return;
    }
    int stream = 1 + keys.number(streams);
    WatchRequest.Builder request = WatchRequest.newBuilder();
    switch (choice) {
      case 2, 3 -> request.setCreateRequest(kv.watch(steps.size()));
      case 4 ->
          request.setCancelRequest(WatchCancelRequest.newBuilder().setWatchId(keys.number(4)));
      case 5 -> request.setProgressRequest(WatchProgressRequest.getDefaultInstance());
      default -> {
        steps.add(new Step.Cancel(stream));
        return;
      }
    }
    steps.add(new Step.Watch(stream, request.build()));
  }
}
