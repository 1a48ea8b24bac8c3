package io.kvorum.model;

/** One operation in a branch of a transaction; dispatch with {@link Visitor}. */
public sealed interface TxnOp permits RangeQuery, Command.Put, Command.DeleteRange, Command.Txn {

  /** Handles each kind of operation, so that a new one does not compile until it is handled. */
  interface Visitor<R> {
    R range(RangeQuery query);

    R put(Command.Put put);

    R deleteRange(Command.DeleteRange deleteRange);

    R txn(Command.Txn txn);
  }

  /** Calls the visitor's method for this kind of operation. */
  <R> R accept(Visitor<R> visitor);
}
