/**
 * The durable form of commands, after {@code kvorum/log.proto}: what the entries of the log carry.
 * Bytes outlive the program that wrote them, so that nothing here ever changes, but is added under
 * a new version. (The client API, which follows etcd's rules instead, is {@code wire}.)
 */
@NullMarked
package io.kvorum.log;

import org.jspecify.annotations.NullMarked;
