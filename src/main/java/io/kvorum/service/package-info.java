/** One class per etcd service: validate, propose or read, await. The faces call nothing else. */
@NullMarked
package io.kvorum.service;

import org.jspecify.annotations.NullMarked;
