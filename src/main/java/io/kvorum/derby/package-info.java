/**
 * The only package with SQL: the write-ahead log and the revision history, each in an embedded
 * Derby database of its own.
 *
 * <p>{@link DerbyWal} and {@link DerbyHistory} implement the two ports; {@link DerbyDatabase} boots
 * and stops a database; {@code derby.files} checks its files before Derby may touch them.
 */
@NullMarked
package io.kvorum.derby;

import org.jspecify.annotations.NullMarked;
