package io.kvorum.apply;

import io.kvorum.auth.AuthState;
import io.kvorum.auth.AuthView;
import io.kvorum.auth.Right;
import io.kvorum.lease.Lease;
import io.kvorum.lease.LeaseView;
import io.kvorum.model.Bytes;
import io.kvorum.model.Command;
import io.kvorum.model.Compare;
import io.kvorum.model.KeyRange;
import io.kvorum.model.Principal;
import io.kvorum.model.RangeQuery;
import io.kvorum.model.RequestException;
import io.kvorum.model.TxnOp;
import java.util.Collection;
import java.util.List;

/**
 * Decides whether a caller may do what a command does with keys: by the auth state alone, and the
 * keys that are attached to the leases that it names. Thread-safe; on the Raft thread the decision
 * is that of the command's place in the log.
 *
 * <p>Every method throws {@link RequestException} USER_EMPTY, AUTH_REVISION_OLD or
 * PERMISSION_DENIED if not.
 *
 * <p>Held by: AccessCheckTest, AuthKeysIT.
 */
public final class AccessCheck {
  private final AuthView auth;
  private final LeaseView leases;

  public AccessCheck(AuthView auth, LeaseView leases) {
    this.auth = auth;
    this.leases = leases;
  }

  public void require(Principal principal, RangeQuery query) {
    auth.state().require(principal, Right.READ, query.range());
  }

  public void require(Principal principal, Command.Put put) {
    AuthState state = auth.state();
    if (state.isEnabled()) {
      new Check(state, principal).put(put);
    }
  }

  public void require(Principal principal, Command.DeleteRange deleteRange) {
    AuthState state = auth.state();
    if (state.isEnabled()) {
      new Check(state, principal).deleteRange(deleteRange);
    }
  }

  /** Both branches must be allowed, and all that is nested in them. */
  public void require(Principal principal, Command.Txn txn) {
    AuthState state = auth.state();
    if (state.isEnabled()) {
      new Check(state, principal).txn(txn);
    }
  }

  /**
   * To renew a lease, or to end it, a caller needs a user that may write all of its keys. As in
   * etcd, root passes this check and the next two whatever the revision of its token.
   */
  public void requireWriteOfLease(Principal principal, long lease) {
    AuthState state = auth.state();
    if (isAnyoneButRoot(state, principal)) {
      new Check(state, principal).keysOf(lease, Right.WRITE);
    }
  }

  /** To read the keys of a lease, a caller needs a user that may read all of them. */
  public void requireReadOfKeys(Principal principal, Collection<Bytes> keys) {
    AuthState state = auth.state();
    if (isAnyoneButRoot(state, principal)) {
      new Check(state, principal).keys(keys, Right.READ);
    }
  }

  private static boolean isAnyoneButRoot(AuthState state, Principal principal) {
    state.requireUser(principal);
    return state.isEnabled() && !state.allowsEverything(principal);
  }

  /** Who lists the leases must be allowed to read every key that is attached to any. */
  public void requireReadOfAllLeases(Principal principal) {
    AuthState state = auth.state();
    if (isAnyoneButRoot(state, principal)) {
      for (Lease lease : leases.all()) {
        new Check(state, principal).keysOf(lease.id(), Right.READ);
      }
    }
  }

  /** Checks one command; the methods return true, since they throw otherwise. */
  private final class Check implements TxnOp.Visitor<Boolean> {
    private final AuthState state;
    private final Principal principal;

    Check(AuthState state, Principal principal) {
      this.state = state;
      this.principal = principal;
    }

    @Override
    public Boolean range(RangeQuery query) {
      state.require(principal, Right.READ, query.range());
      return true;
    }

    @Override
    public Boolean put(Command.Put put) {
      KeyRange key = KeyRange.single(put.key());
      state.require(principal, Right.WRITE, key);
      if (put.lease() != 0) {
        keysOf(put.lease(), Right.WRITE);
      }
      if (put.wantsPrevKv()) {
        state.require(principal, Right.READ, key);
      }
      return true;
    }

    @Override
    public Boolean deleteRange(Command.DeleteRange deleteRange) {
      state.require(principal, Right.WRITE, deleteRange.range());
      if (deleteRange.wantsPrevKvs()) {
        state.require(principal, Right.READ, deleteRange.range());
      }
      return true;
    }

    @Override
    public Boolean txn(Command.Txn txn) {
      for (Compare compare : txn.compares()) {
        state.require(principal, Right.READ, compare.range());
      }
      for (List<TxnOp> branch : List.of(txn.success(), txn.failure())) {
        for (TxnOp op : branch) {
          boolean unused = op.accept(this);
        }
      }
      return true;
    }

    /** A lease that does not exist has no keys. */
    void keysOf(long lease, Right right) {
      Lease found = leases.find(lease);
      if (found != null) {
        keys(found.keys(), right);
      }
    }

    /** For root, the first key shows whether its token is of this auth revision. */
    void keys(Collection<Bytes> keys, Right right) {
      for (Bytes key : keys) {
        state.require(principal, right, KeyRange.single(key));
        if (state.allowsEverything(principal)) {
          return;
        }
      }
    }
  }
}
