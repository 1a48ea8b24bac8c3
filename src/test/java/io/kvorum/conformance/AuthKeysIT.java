package io.kvorum.conformance;

import static io.kvorum.conformance.AuthClient.OK;
import static io.kvorum.conformance.AuthRefusals.DENIED;
import static io.kvorum.conformance.AuthRefusals.NO_USER;
import static io.kvorum.conformance.AuthRequests.compare;
import static io.kvorum.conformance.AuthRequests.delete;
import static io.kvorum.conformance.AuthRequests.get;
import static io.kvorum.conformance.AuthRequests.op;
import static io.kvorum.conformance.AuthRequests.put;
import static io.kvorum.conformance.AuthRequests.txn;
import static io.kvorum.conformance.AuthRpcs.DELETE;
import static io.kvorum.conformance.AuthRpcs.PUT;
import static io.kvorum.conformance.AuthRpcs.RANGE;
import static io.kvorum.conformance.AuthRpcs.TXN;
import static io.kvorum.conformance.AuthServer.NOBODY;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.StatusRuntimeException;
import io.kvorum.proto.etcdserverpb.KVGrpc;
import io.kvorum.proto.etcdserverpb.RangeRequest;
import io.kvorum.proto.etcdserverpb.RangeStreamResponse;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

/** Reads and writes of keys with auth on: what each user may do, over both faces. */
@ExtendWith(AuthServer.Shared.class)
final class AuthKeysIT {
  private static final String NO_KEY = "INVALID_ARGUMENT etcdserver: key is not provided";
  private static final String NO_LEASE = "NOT_FOUND etcdserver: requested lease not found";

  private final AuthServer server;

  AuthKeysIT(AuthServer server) {
    this.server = server;
  }

  @TestFactory
  Stream<DynamicTest> ranges() {
    return new AuthCases()
        .add("1", "rd", RANGE, OK, get("foo"), get("foo", "fop"), get("foo1", "foo9"))
        .add("1", "rd", RANGE, OK, get("foo").toBuilder().setSerializable(true).build())
        .add("2", "rd", RANGE, DENIED, get("foo", "foq"), get("fop"), get("foo", "\0"))
        .add("3", "wr none norole", RANGE, DENIED, get("foo"))
        .add("4", NOBODY, RANGE, NO_USER, get("foo"))
        .add("5", "rd", RANGE, DENIED, get("z").toBuilder().setRevision(9999).build())
        .add(
            "6",
            "rd",
            RANGE,
            "OUT_OF_RANGE etcdserver: mvcc: required revision is a future revision",
            get("foo").toBuilder().setRevision(9999).build())
        .add("7", "rd", RANGE, NO_KEY, get(""))
        .add("8", "rd", RANGE, OK, get("foo9", "foo1"))
        .add("9", "rd", RANGE, DENIED, get("fop", "foo"))
        .add("10", "pt", RANGE, OK, get("foo", "foo\0"))
        .add("11", "mg", RANGE, OK, get("a", "c"))
        .add("12", "mg", RANGE, DENIED, get("a", "d"), get("a", "e"))
        .add("13", "ov", RANGE, OK, get("a", "d"))
        .add("14", "ptm", RANGE, OK, get("a", "b"))
        .add("15", "fk", RANGE, OK, get("m", "\0"), get("n", "z"), get("\u00ff\u00ff"))
        .add("16", "fk", RANGE, DENIED, get("l", "\0"))
        .add("17", "all", RANGE, OK, get("\0", "\0"))
        .overBothFaces(server);
  }

  @Test
  void aStreamedRangeNeedsWhatARangeNeeds() {
    assertThat(rangeStream("rd", get("foo", "fop"))).as("18").isEqualTo(OK);
    assertThat(rangeStream("rd", get("z"))).as("18").isEqualTo(DENIED);
    assertThat(rangeStream(NOBODY, get("foo"))).as("18").isEqualTo(NO_USER);
  }

  private String rangeStream(String user, RangeRequest request) {
    Iterator<RangeStreamResponse> answers =
        server
            .as(user, KVGrpc.newBlockingStub(server.channel()))
            .withDeadlineAfter(20, TimeUnit.SECONDS)
            .rangeStream(request);
    try {
      while (answers.hasNext()) {
        assertThat(answers.next().hasRangeResponse()).isTrue();
      }
      return OK;
    } catch (StatusRuntimeException failed) {
      return AuthClient.textOf(failed.getStatus());
    }
  }

  @TestFactory
  Stream<DynamicTest> putsAndDeletes() {
    return new AuthCases()
        .add("19", "rd none", PUT, DENIED, put("foo").build())
        .add("20", "wr rw", PUT, OK, put("foo").build())
        .add("21", "wr", PUT, DENIED, put("foo").setPrevKv(true).build())
        .add("22", "rw", PUT, OK, put("foo").setPrevKv(true).build())
        .add("23", NOBODY, PUT, NO_KEY, put("").build())
        .add("24", "wr", PUT, OK, put("foo").setLease(101).build())
        .add(
            "25",
            "wr",
            PUT,
            DENIED,
            put("foo").setLease(102).build(),
            put("foo").setLease(104).build())
        .add("26", "wr", PUT, NO_LEASE, put("foo").setLease(999).build())
        .add("27", "none", PUT, DENIED, put("foo").setLease(999).build())
        .add("28", "wr", PUT, OK, put("foo").clearValue().setIgnoreValue(true).build())
        .add("29", "wr", DELETE, OK, delete("foo3").build(), delete("foo3", "foo9").build())
        .add(
            "30",
            "wr",
            DELETE,
            DENIED,
            delete("foo3").setPrevKv(true).build(),
            delete("foo3", "foz").build())
        .add("31", "rd", DELETE, DENIED, delete("foo").build())
        .overBothFaces(server);
  }

  @TestFactory
  Stream<DynamicTest> transactions() {
    return new AuthCases()
        .add("32", "wr", TXN, DENIED, txn(op(put("foo"))).addCompare(compare("foo")).build())
        .add("33", "wr", TXN, OK, txn(op(put("foo"))).build())
        .add("34", "rw", TXN, DENIED, txn(op(put("foo"))).addCompare(compare("z")).build())
        .add("35", "rw", TXN, OK, txn(op(put("foo"))).addCompare(compare("foo", "fop")).build())
        .add("35", "rw", TXN, DENIED, txn(op(put("foo"))).addCompare(compare("foo", "foq")).build())
        .add("36", "rw", TXN, DENIED, txn(op(put("foo"))).addFailure(op(put("z"))).build())
        .add(
            "37",
            "rw",
            TXN,
            DENIED,
            txn(op(txn(op(put("z"))))).build(),
            txn(op(txn(op(put("foo"))).addCompare(compare("z")))).build())
        .add(
            "38",
            "rw",
            TXN,
            OK,
            txn(op(txn(op(put("foo"))).addCompare(compare("foo"))), op(get("foo1"))).build())
        .add(
            "39",
            "wr",
            TXN,
            DENIED,
            txn(op(delete("foo9").setPrevKv(true))).build(),
            txn(op(put("foo").setLease(102))).build())
        .add("40", NOBODY, TXN, OK, txn().build(), txn(op(txn())).build())
        .add("read-only", "rd", TXN, OK, txn(op(get("foo"))).addCompare(compare("foo")).build())
        .add("read-only", "rd", TXN, DENIED, txn(op(get("foo"))).addFailure(op(get("z"))).build())
        .add("read-only", NOBODY, TXN, NO_USER, txn(op(get("foo"))).build())
        .overBothFaces(server);
  }
}
