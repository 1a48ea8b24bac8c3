package io.kvorum.apply;

import io.kvorum.auth.AuthListener;
import io.kvorum.auth.AuthTable;
import io.kvorum.lease.LeaseTable;
import io.kvorum.membership.MemberTable;
import io.kvorum.mvcc.MvccStore;

/**
 * Holds the replicated state beside the keys. The applier alone changes it, on the Raft thread; all
 * others read it in a {@link StateView}.
 */
record StateTables(
    LeaseTable leases,
    Alarms alarms,
    MemberTable members,
    DowngradeState downgrade,
    AuthTable auth) {

  /**
   * @param tokens is notified of granted and revoked tokens
   */
  static StateTables empty(AuthListener tokens) {
    return new StateTables(
        new LeaseTable(),
        new Alarms(),
        new MemberTable(),
        new DowngradeState(),
        new AuthTable(tokens));
  }

  void restore(MvccStore.Recovered recovered) {
    leases.restore(recovered.facts(), recovered.leaseOfKey());
    alarms.restore(recovered.facts());
    members.restore(recovered.facts());
    downgrade.restore(recovered.facts());
    auth.restore(recovered.facts());
  }

  StateView view(MvccStore store) {
    return new StateView(store, leases, alarms, members, downgrade, auth);
  }
}
