/**
 * The use cases: one class per etcd service, which validates, then proposes or reads. The faces
 * call nothing else. Beside them, what a member proposes without a client.
 */
@NullMarked
package io.kvorum.service;

import org.jspecify.annotations.NullMarked;
