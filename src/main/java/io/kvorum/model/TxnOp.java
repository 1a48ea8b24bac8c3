package io.kvorum.model;

/** One operation in a branch of a transaction; dispatch with {@link Visitor}. */
public sealed interface TxnOp permits RangeQuery, Command.Put, Command.DeleteRange, Command.Txn {

  /** One method per kind of operation, so that a new kind does not compile until it is handled. */
  interface Visitor<R> {
    R range(RangeQuery query);

    R put(Command.Put put);

    R deleteRange(Command.DeleteRange deleteRange);

    R txn(Command.Txn txn);
  }

  default <R> R accept(Visitor<R> visitor) {
    if (this instanceof RangeQuery query) {
      return visitor.range(query);
    }
    if (this instanceof Command.Put put) {
      return visitor.put(put);
    }
    if (this instanceof Command.DeleteRange deleteRange) {
      return visitor.deleteRange(deleteRange);
    }
    return visitor.txn((Command.Txn) this);
  }
}
