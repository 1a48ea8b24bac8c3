package io.kvorum.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvorum.model.Bytes;
import io.kvorum.model.Result;
import io.kvorum.proto.etcdserverpb.LeaseKeepAliveResponse;
import io.kvorum.proto.etcdserverpb.LeaseTimeToLiveResponse;
import io.kvorum.service.Header;
import io.kvorum.service.LeaseService;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The answers about leases. */
class LeaseWireTest {
  private static final Header HEADER = new Header(7, 8, 9, 10);

  @Test
  void leaseAnswersCarryIdAndTimes() {
    assertThat(LeaseWire.response(HEADER, new Result.LeaseGrant(9, 5, 60)).getTTL()).isEqualTo(60);
    LeaseKeepAliveResponse gone = LeaseWire.response(HEADER, new LeaseService.KeepAlive(5, 0));
    assertThat(gone.getID()).isEqualTo(5);
    assertThat(gone.getTTL()).isZero();
    assertThat(gone.getHeader().getRevision()).isEqualTo(9);
    LeaseTimeToLiveResponse timeToLive =
        LeaseWire.response(
            HEADER, new LeaseService.TimeToLive(5, -1, 60, List.of(Bytes.utf8("k"))));
    assertThat(timeToLive.getTTL()).isEqualTo(-1);
    assertThat(timeToLive.getGrantedTTL()).isEqualTo(60);
    assertThat(timeToLive.getKeys(0).toStringUtf8()).isEqualTo("k");
    assertThat(LeaseWire.response(HEADER, List.of(3L, 1L)).getLeasesList())
        .extracting(lease -> lease.getID())
        .containsExactly(3L, 1L);
    assertThat(LeaseWire.response(HEADER, new Result.LeaseRevoke(9)).getHeader().getRevision())
        .isEqualTo(9);
  }
}
