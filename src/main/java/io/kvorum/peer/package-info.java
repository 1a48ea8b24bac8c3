/**
 * Values and ports of the connections between members: settings, statistics, what a member serves
 * to others, and where a snapshot comes from and goes to. {@code peer.grpc} implements them.
 */
@NullMarked
package io.kvorum.peer;

import org.jspecify.annotations.NullMarked;
