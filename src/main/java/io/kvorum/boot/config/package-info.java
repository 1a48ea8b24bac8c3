/**
 * The member's configuration: etcd's flags as one table, and what they amount to as one validated,
 * typed view. The launcher and the application build it by the same code.
 */
@NullMarked
package io.kvorum.boot.config;

import org.jspecify.annotations.NullMarked;
