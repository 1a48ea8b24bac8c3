/**
 * The only place with SQL: the write-ahead log and the revision history, each in an embedded Derby
 * database of its own.
 *
 * <p>{@link DerbyWal} and {@link DerbyHistory} are the two ports; {@link DerbyDatabase} boots and
 * stops a database; {@link DatabaseFiles} looks at its files before Derby may touch them.
 */
@NullMarked
package io.kvorum.derby;

import org.jspecify.annotations.NullMarked;
