package io.kvorum.apply;

import io.kvorum.auth.AuthView;
import io.kvorum.lease.LeaseView;
import io.kvorum.membership.MemberView;
import io.kvorum.mvcc.MvccStore;

/** The replicated state as any thread may read it; only the {@link Applier} can change it. */
public record StateView(
    MvccStore store,
    LeaseView leases,
    Alarms alarms,
    MemberView members,
    DowngradeState downgrade,
    AuthView auth) {}
