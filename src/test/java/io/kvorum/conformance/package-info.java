/**
 * What an etcd v3 server must do, as its stock clients see it: etcdctl over gRPC, and a plain HTTP
 * client over JSON.
 *
 * <p>{@code mvn verify} runs it against Kvorum. {@code -Dkvorum.reference=etcd34} runs it against a
 * stock etcd 3.4, which shows that the tests themselves are right; where level 3.7 differs, the
 * test says so. {@code -Dkvorum.reference=follower} runs it against a follower of a cluster of
 * three, but for what changes the members; {@code soak/follower} does that.
 */
@NullMarked
package io.kvorum.conformance;

import org.jspecify.annotations.NullMarked;
