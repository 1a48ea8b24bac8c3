package io.kvorum.lease;

import io.kvorum.model.Bytes;
import java.util.Collection;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads the replicated table of leases. Thread-safe, except where it says otherwise. */
public interface LeaseView {

  @Nullable Lease find(long id);

  /** All leases, in no order; a live view. */
  Collection<Lease> all();

  int size();

  /** The lease that the key is attached to; 0 if none. On the Raft thread alone. */
  long leaseIdOf(Bytes key);

  /** Has the listener called on the Raft thread with each lease that is granted from now on. */
  void onGrant(Consumer<Lease> listener);
}
